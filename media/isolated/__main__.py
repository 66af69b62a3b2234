"""Runs the program that is named first, with the other arguments as its own.

Python puts this folder, and nothing else of ours, among the places that it imports from.
"""

import runpy
import sys

if __name__ == "__main__":
    runpy.run_module(sys.argv.pop(1), run_name="__main__")
