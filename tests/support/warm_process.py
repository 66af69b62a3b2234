"""The process that ``tests.support.warm`` forks programs from. It runs nothing itself.

It has one thread and no event loop, so that a fork of it is as good as a new process.
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

# What config.asgi and the commands import, with all that it brings; config.asgi itself reads
# settings while it is imported.
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
# The settings that these read; the environment changes none but DATABASES.
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
# Among the arguments: the descriptor that was given.
FD = "{fd}"


def become(order: dict[str, Any], fds: list[int]) -> None:
    """Run a program in this process as if it had been started anew."""
    output, errors, *given = fds
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, fd in enumerate((nothing, output, errors)):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    program, *arguments = order["command"]
    sys.argv = [program, *(str(given[0]) if word == FD else word for word in arguments)]
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")


def load() -> None:
    """Import MODULES, and forget the settings, which each program reads anew."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    for name in MODULES:
        importlib.import_module(name)
    read = vars(settings).keys() - {"_wrapped"}
    assert read <= READ, f"settings read by imported modules: {sorted(read - READ)}"
    # It takes 0.05 s and 46 MiB by design, and each test that starts a server registers people.
    Argon2Hasher.memory_cost = 64
    del sys.modules["config.settings"]
    settings._wrapped = empty
    # The names of tables are cut to what the database bears.
    del connections["default"]
    del connections.settings
    vars(connections).update(_settings=None)


def main() -> None:
    tie = die_with_parent()
    load()
    probes.fork_from(socket.socket(fileno=int(sys.argv[2])))
    # What is there stays, and is looked at by no collection of a child's.
    gc.collect()
    gc.freeze()
    told = Parent(socket.socket(fileno=int(sys.argv[1]))).run()
    if told is not None:
        tie()
        become(*told)


if __name__ == "__main__":
    main()
