"""What the program may use."""

import signal
import subprocess
import sys
from pathlib import Path

import media.probe

FOLDER = Path(media.probe.__file__).with_name("isolated")


def run(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", script, str(FOLDER)]
    return subprocess.run(command, env={}, stdout=subprocess.PIPE, text=True, check=False)


def test_the_program_that_reads_files_can_open_none_and_has_bounds() -> None:
    script = (
        "import resource, socket, sys; sys.path.insert(0, sys.argv[1])\n"
        "from probe.limits import drop_privileges; drop_privileges()\n"
        "for attempt in (lambda: open('/etc/hostname'), socket.socket, lambda: bytearray(2**31)):\n"
        "    try: attempt()\n"
        "    except (OSError, MemoryError) as error: print(type(error).__name__)\n"
    )
    done = run(script)
    assert (done.returncode, done.stdout.split()) == (0, ["OSError", "OSError", "MemoryError"])


def test_when_its_processor_time_is_used_up_its_end_says_so() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from probe import limits; limits.CPU_S = 1; limits.drop_privileges()\n"
        "while True: pass\n"
    )
    assert run(script).returncode == -signal.SIGXCPU
