"""The smallest size while it is encoded: its finished parts are checked and published."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from django.db import DatabaseError

from library.growing import part_name
from library.models import Rendition
from media import fragments, playlists
from media.kinds import MP4
from media.playlists import Entry
from processing.errors import Hindered
from processing.models import Job
from processing.publishing import Made, publish, published

log = structlog.get_logger(__name__)

# The first part has this many seconds of film, enough to begin watching.
FIRST_S = 12.0
# A sound track that has nothing after this much of the picture may be empty or broken. It is not
# waited for, and comes with the finished file, if at all.
_SILENT_S = 60.0
# The pauses between checks become longer, so that a long film has few parts.
_SOONEST_S, _LATEST_S, _PACE = 2.0, 30.0, 0.1


@dataclass(slots=True)
class _File:
    """A growing file: how much is published, and what comes next."""

    path: Path
    facts: Mapping[str, Any]
    head_bytes: int = 0
    timescale: int = 0
    shown: int = 0
    stop: int = 0
    until_s: float = 0.0
    news: list[Entry] = field(default_factory=list)

    @property
    def news_until_s(self) -> float:
        return self.until_s + sum(entry.duration_s for entry in self.news)

    def read_new(self, until_s: float = math.inf) -> None:
        """Read what ffmpeg has finished since the last part, and begins before. Blocks."""
        playlist = self.path.with_suffix(".m3u8")
        if not playlist.exists():
            return
        entries = playlists.entries(playlist.read_text(), self.path.name)
        size_bytes = self.path.stat().st_size
        self.news, begin_s = [], self.until_s
        for entry in entries[self.shown :]:
            if entry.stop > size_bytes or begin_s >= until_s:
                return
            self.news.append(entry)
            begin_s += entry.duration_s

    def check(self) -> None:
        """Raise ValueError unless new segments are complete and follow published ones. Blocks."""
        with self.path.open("rb") as file:
            if not self.shown:
                self.head_bytes = self.stop = self.news[0].start
                head = file.read(self.head_bytes)
                self.timescale = fragments.timescale(head)
                if "width" in self.facts:
                    # The head of the file has its codec; everything else is known before.
                    self.facts = {**self.facts, "codecs": playlists.avc_codec(head)}
            start, start_s = self.stop, self.until_s
            for entry in self.news:
                if entry.start != start:
                    raise ValueError(f"bytes are missing before {entry.start}")
                file.seek(entry.start)
                segment = file.read(entry.stop - entry.start)
                fragments.check(segment, timescale=self.timescale, start_s=start_s)
                start, start_s = entry.stop, start_s + entry.duration_s

    def part(self, number: int) -> Made:
        """Return new segments as a part of the future rendition; the first has the head too."""
        # Lengths in playlists are rounded, perhaps to 0.
        lasting = [each for each in self.news if each.duration_s]
        bits = [8 * (each.stop - each.start) / each.duration_s for each in lasting]
        facts = {
            **self.facts,
            "head_bytes": self.head_bytes,
            "lines": "".join(entry.lines for entry in self.news),
            "until_s": self.news_until_s,
            "peak_bits_per_s": round(max(bits, default=0)),
            "bits_per_s": round(sum(bits) / max(1, len(bits))),
        }
        return Made(
            self.path,
            Rendition.Kind.PART,
            MP4.mime_type,
            facts,
            part=part_name(self.path.name, number),
            span=(self.stop if self.shown else 0, self.news[-1].stop),
        )

    def mark_published(self) -> None:
        """Mark the new segments as published."""
        self.until_s = self.news_until_s
        self.stop = self.news[-1].stop
        self.shown += len(self.news)


@dataclass(slots=True)
class Growth:
    """Publishes a film while ffmpeg writes it to a folder.

    ``facts`` are the fields of the future renditions, by their names ("v360", "a0"); the picture
    is the first.
    """

    job: Job
    files: list[_File]
    number: int = 0
    # Whether it is unknown if the last part was published, because storage or database failed.
    is_unsure: bool = field(default=False)

    @classmethod
    def of(cls, job: Job, folder: Path, facts: Mapping[str, Mapping[str, Any]]) -> "Growth":
        return cls(job, [_File(folder / f"{name}.mp4", each) for name, each in facts.items()])

    @property
    def shown(self) -> set[str]:
        """Return the names of files of which something is published, or may be."""
        return {file.path.stem for file in self.files if file.shown or self.is_unsure}

    async def follow(self) -> None:
        """Publish what is finished, repeatedly, until cancelled; raise LeaseLost.

        If publishing fails, the conversion goes on, and the next check tries again.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while True:
            passed_s = loop.time() - began_s
            await asyncio.sleep(min(_LATEST_S, max(_SOONEST_S, passed_s * _PACE)))
            try:
                await self.show()
            except (Hindered, OSError, ValueError, DatabaseError):
                log.warning("a part was not shown", job=self.job.pk, exc_info=True)

    async def show(self) -> None:
        """Publish what is finished, if it is enough for a part.

        Raises LeaseLost, and Hindered, OSError, ValueError or DatabaseError if it fails.
        """
        if self.is_unsure:
            await self._settle()
        await asyncio.to_thread(self._read_new)
        if not self.number:
            self._leave_silent()
        enough = min(file.news_until_s for file in self.files) >= FIRST_S
        if not enough or not all(file.news for file in self.files):
            return
        await asyncio.to_thread(self._check)
        self.number += 1
        self.is_unsure = True
        await publish(
            self.job, [file.part(self.number) for file in self.files], plays=False, is_patient=False
        )
        self._mark_published()

    def _leave_silent(self) -> None:
        """Leave out tracks that stay silent for long, because players cannot add tracks later.

        Until then, publishing waits for them if another track is heard.
        """
        picture, *sounds = self.files
        heard = [sound for sound in sounds if not playlists.is_silence(sound.news)]
        if picture.news_until_s >= _SILENT_S:
            self.files = [picture, *(heard or [sound for sound in sounds if sound.news])]
        elif heard and heard != sounds:
            picture.news = []

    def _read_new(self) -> None:
        picture, *sounds = self.files
        picture.read_new()
        for sound in sounds:
            # Silence behind its end is made faster than the picture.
            sound.read_new(picture.news_until_s)

    def _check(self) -> None:
        for file in self.files:
            file.check()

    async def _settle(self) -> None:
        last = part_name(self.files[0].path.name, self.number)
        if last in await published(self.job):
            self._mark_published()
        self.is_unsure = False

    def _mark_published(self) -> None:
        for file in self.files:
            file.mark_published()
        self.is_unsure = False
