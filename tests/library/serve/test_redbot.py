"""What REDbot (https://redbot.org) says of the addresses of a video's bytes: nothing bad.

It asks several times, for ranges, with conditions and for codings, as caches and players do.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.library.site import Site
from tests.support.clips import Clip, make_clip

PROGRAM = Path(sys.executable).with_name("redbot")
# What it must have found out to have looked at all.
PROVEN = {"RANGE_CORRECT", "INM_304", "IMS_304", "CL_CORRECT"}
# Its sniffer (sniffpy 1.0) takes no video for a video, whatever the bytes.
EXCUSED = {"CONTENT_TYPE_MISMATCH"}


def faults(notes: dict[str, str]) -> set[str]:
    return {name for name, level in notes.items() if level not in ("GOOD", "INFO")} - EXCUSED


def notes_about(address: str) -> dict[str, str]:
    """Return what REDbot notes, with its judgement: GOOD, INFO, WARN or BAD."""
    command = [str(PROGRAM), "-o", "har", address]
    said = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    (entry,) = json.loads(said)["log"]["entries"]
    found = [*entry["_red_messages"]]
    for note in entry["_red_messages"]:
        found += note.get("subnotes", [])
    return {note["note_id"]: note["level"] for note in found}


@pytest.mark.parametrize("query", ["", "&download=1"])
def test_redbot_finds_no_fault_with_a_stream(site: Site, tmp_path: Path, query: str) -> None:
    # A real film: REDbot looks into what claims to be one.
    video = site.alice.upload(make_clip(tmp_path, Clip(duration_s=2)).read_bytes())
    # Of an hour ago: what has just come has no date yet.
    os.utime(site.stored(video), (time.time() - 3600,) * 2)
    token = site.alice.share(video)
    address = f"{site.server.url}/api/v1/videos/{video}/stream?token={token}{query}"
    notes = notes_about(address)
    assert set(notes) >= PROVEN
    assert not faults(notes), notes


def test_redbot_finds_no_fault_with_a_refusal(site: Site) -> None:
    notes = notes_about(f"{site.server.url}/api/v1/videos/nonsense/stream?token=nonsense")
    assert not faults(notes), notes
