"""The program that reads a subtitle file: a process of its own, so that no file costs much.

A guess at an encoding, or an odd encoding, can take long, so this has bounded memory and
processor time, and writes no file. The file comes on stdin, the answer goes to stdout: a line
of JSON, ``{"encoding": …, "cues": …}`` or ``{"problem": …}``, and then the WebVTT.

Pages read files that stay in the browser by the same rules (web/src/subtitles/webvtt.ts and
decoded.ts); tests/vectors/subtitles.json holds both to the same.
"""

import json
import resource
import sys

from .decoding import decode
from .problem import Problem
from .webvtt import to_webvtt

MEMORY_BYTES = 512 * 1024 * 1024


def main(given_encoding: str, cpu_s: int) -> None:
    _set_limits(cpu_s)
    raw = sys.stdin.buffer.read()
    try:
        encoding, text = decode(raw, given_encoding)
        vtt, cues = to_webvtt(text)
    except Problem as problem:
        _answer({"problem": str(problem)})
    else:
        _answer({"encoding": encoding, "cues": cues}, vtt)


def _set_limits(cpu_s: int) -> None:
    for limit, value in [
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ]:
        resource.setrlimit(limit, (value, value))


def _answer(facts: dict[str, object], vtt: str = "") -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + vtt.encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
