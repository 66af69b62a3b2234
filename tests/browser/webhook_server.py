"""manage.py, but its server sends webhooks to 127.0.0.2 too, where a test receives them."""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import uvicorn

from manage import main
from server import run

_configure = run.configure


def configure(*args: Any, **options: Any) -> uvicorn.Config:
    # Not before Django is set up.
    from library.storage.addresses import IpAddress, Rules
    from webhooks import sender, services

    class RulesWithReceiver(Rules):
        def allows_ip(self, address: IpAddress) -> bool:
            return str(address) == "127.0.0.2" or super().allows_ip(address)

    sender.Rules = services.Rules = RulesWithReceiver  # type: ignore[attr-defined]
    return _configure(*args, **options)


run.configure = configure
main()
