"""Runs the program named in the first argument, with the other arguments.

Python adds only this folder, and no other code of ours, to its import path.
"""

import runpy
import sys

if __name__ == "__main__":
    runpy.run_module(sys.argv.pop(1), run_name="__main__")
