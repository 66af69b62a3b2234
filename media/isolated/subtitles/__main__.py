"""The program that reads a subtitle file, in a process of its own with limited resources.

Guessing an encoding can take long, so memory and processor time are limited, and the process cannot
write files. The file comes on stdin. The answer goes to stdout: a line of JSON,
``{"encoding": …, "cues": …}`` or ``{"problem": …}``, followed by the WebVTT.

The pages use the same rules for files that stay in the browser (web/src/subtitles/webvtt.ts and
decoded.ts). tests/vectors/subtitles.json checks both.
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
