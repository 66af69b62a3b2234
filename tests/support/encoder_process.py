"""The process from which ``tests.support.encoders`` forks ffmpeg. It encodes nothing itself."""

import gc
import os
import socket
import sys

from core.processes import die_with_parent
from media.ffmpeg import lower_priority
from tests.support.forking import Parent


def main() -> None:
    tie = die_with_parent()
    gc.freeze()
    told = Parent(socket.socket(fileno=int(sys.argv[1]))).run()
    if told is not None:
        order, outputs = told
        tie()
        lower_priority(is_idle=order["is_idle"])
        for number, fd in enumerate((os.open(os.devnull, os.O_RDONLY), *outputs)):
            os.dup2(fd, number)
        os.closerange(3, max(outputs) + 1)
        os.chdir(order["folder"])
        os.execve(order["command"][0], order["command"], {})


if __name__ == "__main__":
    main()
