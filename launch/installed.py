"""The command ``streamit`` of an installed wheel. In a checkout it is the script of that name.

The wheel has everything in one folder, like a checkout without the sources of the pages, and this
module as its ``__init__``. So our packages do not take common names like ``core`` in the user's
Python.
"""

import os
import sys
from pathlib import Path

_USAGE = """\
Usage: streamit COMMAND

  up [--host 127.0.0.1] [--port 8000] [--data FOLDER] [--workers 1]
                     start StreamIt and keep it running; Ctrl-C ends it
  work               convert films for browsers, for servers on this or another machine
  admin ACTION       look after people, videos, rooms and invites: streamit admin --help
  backup DIR         copy the database, videos and the secret key, also while people watch
  restore DIR        put a backup into an empty folder and database
  check-processor    test the processing service of STREAMIT_PROCESSOR=http
  expired [--remove] show what will be removed within an hour, or remove it now
  help               show this

All data is in {data}, or where --data or STREAMIT_DATA says.
"""
_COMMANDS = {"up", "work", "admin", "backup", "restore", "expired", "check-processor"}


def main() -> None:
    """Run the command that ``sys.argv`` names."""
    data = _own_folder()
    # An empty setting counts as none.
    if not (os.environ.get("STREAMIT_DATA") or os.environ.get("STREAMIT_DATA_FILE")):
        os.environ["STREAMIT_DATA"] = str(data)
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    if name in _COMMANDS:
        sys.path.insert(0, str(Path(__file__).resolve().parent))
        from manage import main

        # A module cannot have a hyphen in its name.
        sys.argv[1] = name.replace("-", "_")
        main()
        return
    is_asked = name in ("help", "-h", "--help")
    (sys.stdout if is_asked else sys.stderr).write(_USAGE.format(data=data))
    sys.exit(0 if is_asked else 1)


def _own_folder() -> Path:
    """Return where data of this user's belongs: the XDG Base Directory Specification, 0.8."""
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "share") / "streamit"
