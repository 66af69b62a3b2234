"""manage.py, but its server looks at clocks every second.

With HASTY_REQUESTS it loses patience with half a request after some seconds, and with
FREQUENT_PINGS it looks every second whether each line is alive. Not always: whoever is busy for
as long, on a busy machine, would be cut off.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import uvicorn

from manage import main
from server import http, run

_configure = run.configure


def configure(*args: Any, **options: Any) -> uvicorn.Config:
    # Not before Django is set up.
    from rooms.live import hub

    hub.CLOCK_EVERY_S = 1.0
    if os.environ.get("HASTY_REQUESTS"):
        http.HEAD_TIMEOUT_S = http.BODY_WINDOW_S = 3.0
    config = _configure(*args, **options)
    if os.environ.get("FREQUENT_PINGS"):
        config.ws_ping_interval, config.ws_ping_timeout = 1, 5
    return config


run.configure = configure
main()
