"""manage.py, but its server pings every second where ours does every twenty."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import uvicorn

from config import server
from manage import main

_configure = server.configure


def configure(*args: Any, **options: Any) -> uvicorn.Config:
    config = _configure(*args, **options)
    config.ws_ping_interval = config.ws_ping_timeout = 1
    return config


server.configure = configure
main()
