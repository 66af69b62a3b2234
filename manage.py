#!/usr/bin/env python
"""Django's command line; ``./streamit`` calls it inside the virtual environment."""

import gc
import os
import signal
import sys


def main() -> None:
    if sys.argv[1:2] == ["up"]:
        from launch import up

        up.main(sys.argv[2:])
        return
    from launch import data_folder

    os.umask(data_folder.PRIVATE_UMASK)
    data_folder.choose_by(sys.argv[2:])
    if sys.argv[1:2] == ["serve"]:
        # Collecting garbage while modules are imported costs a tenth of the start.
        gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        # As a shell tells of a program that SIGINT has ended.
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
