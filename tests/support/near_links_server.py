"""manage.py with a server that follows links to other servers on this machine."""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import uvicorn

from manage import main
from server import run
from tests.support.loopback import LoopbackRules

_configure = run.configure


def configure(*args: Any, **options: Any) -> uvicorn.Config:
    # Import only after Django is set up.
    from library.storage import registry
    from library.storage.options import RemoteOptions
    from library.storage.remote import RemoteStorage

    # The server's own addresses would be refused too, but here links to this machine are allowed.
    near = RemoteStorage(RemoteOptions(100_000_000), rules=LoopbackRules())
    provider = registry.provider
    registry.provider = lambda name: near if name == "remote" else provider(name)
    return _configure(*args, **options)


run.configure = configure
main()
