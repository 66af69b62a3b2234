"""The process from which ``tests.support.warm`` forks programs. It runs nothing itself.

It has one thread and no event loop, so that a fork behaves like a new process.
"""

import gc
import importlib
import os
import runpy
import socket
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connections
from django.utils.functional import empty

from core.passwords import Argon2Hasher
from core.processes import die_with_parent
from tests.support import probes
from tests.support.forking import Parent

# The modules that config.asgi and the commands import, but not config.asgi itself, which reads
# settings at import.
MODULES = (
    "config.handler",
    "config.health",
    "config.management.commands.admin",
    "config.management.commands.backup",
    "config.management.commands.expired",
    "config.management.commands.restore",
    "config.management.commands.serve",
    "config.management.commands.work",
    "config.retention",
    "config.urls",
    "config.web",
    "core.recheck",
    "django.core.management.commands.migrate",
    "library.receive.subtitle_upload",
    "library.receive.tus",
    "library.receive.upload_api",
    "library.serve.hls",
    "library.serve.renditions",
    "library.serve.open_streams",
    "library.serve.stream",
    "library.storage.local",
    "library.sweep",
    "rooms.live.hub",
    "rooms.routing",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "webhooks.sender",
)
# The settings that these modules read at import. Only DATABASES depends on the environment.
READ = {
    "ABSOLUTE_URL_OVERRIDES",
    "AUTH_USER_MODEL",
    "DATABASES",
    "DEBUG",
    "DEFAULT_AUTO_FIELD",
    "DEFAULT_INDEX_TABLESPACE",
    "DEFAULT_TABLESPACE",
    "FORCE_SCRIPT_NAME",
    "INSTALLED_APPS",
    "LANGUAGE_CODE",
    "LOCALE_PATHS",
    "LOGGING",
    "LOGGING_CONFIG",
    "MIDDLEWARE",
    "USE_I18N",
}
# Placeholder in the arguments for the passed descriptor.
FD = "{fd}"


def become(order: dict[str, Any], fds: list[int]) -> None:
    """Run a program in this process as if it were a new one."""
    output, errors, *given = fds
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, fd in enumerate((nothing, output, errors)):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    program, *arguments = (str(given[0]) if word == FD else word for word in order["command"])
    if program == "-m":
        # Found from the folder in which this process was started.
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        return
    sys.argv = [program, *arguments]
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")


def load() -> None:
    """Import MODULES, then reset the settings, which each program reads again."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    for name in MODULES:
        importlib.import_module(name)
    read = vars(settings).keys() - {"_wrapped"}
    assert read <= READ, f"settings read by imported modules: {sorted(read - READ)}"
    # By design it takes 0.05 s and 46 MiB, and nearly every test with a server registers people.
    Argon2Hasher.memory_cost = 64
    del sys.modules["config.settings"]
    settings._wrapped = empty
    # Table names depend on the database's maximum length.
    del connections["default"]
    del connections.settings
    vars(connections).update(_settings=None)


def main() -> None:
    tie = die_with_parent()
    load()
    probes.fork()
    probes.orders()
    # Keep children's garbage collections from scanning, and so copying, what is already loaded.
    gc.collect()
    gc.freeze()
    told = Parent(socket.socket(fileno=int(sys.argv[1]))).run()
    if told is not None:
        tie()
        become(*told)


if __name__ == "__main__":
    main()
