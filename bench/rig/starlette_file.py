"""A file server for comparison: Starlette's FileResponse under uvicorn.

Run as ``python -m bench.rig.starlette_file FD PATH``, a listening socket and a file.
"""

import gc
import socket
import sys

import uvicorn
from starlette.responses import FileResponse


def main() -> None:
    listener, path = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    config = uvicorn.Config(
        FileResponse(path, media_type="video/mp4"),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    gc.freeze()
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
