"""What the program may use."""

import subprocess
import sys
from pathlib import Path

import media.probe


def test_the_program_that_reads_files_can_open_none_and_has_bounds() -> None:
    script = (
        "import resource, socket, sys; sys.path.insert(0, sys.argv[1])\n"
        "from probe.limits import drop_privileges; drop_privileges()\n"
        "for attempt in (lambda: open('/etc/hostname'), socket.socket, lambda: bytearray(2**31)):\n"
        "    try: attempt()\n"
        "    except (OSError, MemoryError) as error: print(type(error).__name__)\n"
    )
    folder = Path(media.probe.__file__).with_name("isolated")
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, folder],
        env={},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["OSError", "OSError", "MemoryError"]
