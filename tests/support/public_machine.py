"""Runs a command in its own network namespace, in which the machine has a public address.

``unshare`` makes the namespace. ``python -m tests.support.public_machine COMMAND`` adds the address
and then becomes COMMAND.
"""

import fcntl
import os
import socket
import struct
import sys

PUBLIC = "93.184.215.14"
IN_ITS_NETWORK = ["unshare", "--map-root-user", "--net", sys.executable, "-m", __name__]
# netdevice(7)
_SIOCSIFFLAGS, _SIOCSIFADDR, _IFF_UP = 0x8914, 0x8916, 0x1


def add_address(address: str) -> None:
    """Bring the loopback interface up, with ``address`` in addition to its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
        packed = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(control, _SIOCSIFADDR, packed)


if __name__ == "__main__":
    add_address(PUBLIC)
    os.execvp(sys.argv[1], sys.argv[1:])
