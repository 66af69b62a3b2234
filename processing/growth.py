"""The smallest size while it is made: its finished parts are checked and published."""

import asyncio
from collections.abc import Mapping, Sequence
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

# Whoever waits can begin with so many seconds of film.
FIRST_S = 12.0
# A track of which there is nothing beside so much of the picture may be empty or broken. Nobody
# waits for it: it comes with the whole, if it comes.
_SILENT_S = 60.0
# How often it is looked for more: more and more seldom, so that a long film has few parts.
_SOONEST_S, _LATEST_S, _PACE = 2.0, 30.0, 0.1


@dataclass(slots=True)
class _File:
    """A file that grows: how much of it is shown, and what is about to be."""

    path: Path
    facts: Mapping[str, Any]
    head_bytes: int = 0
    timescale: int = 0
    shown: int = 0
    stop: int = 0
    until_s: float = 0.0
    news: Sequence[Entry] = ()

    @property
    def news_until_s(self) -> float:
        return self.until_s + sum(entry.duration_s for entry in self.news)

    def look(self) -> None:
        """Read what ffmpeg has finished since the last part. Blocks."""
        playlist = self.path.with_suffix(".m3u8")
        if not playlist.exists():
            return
        entries = playlists.entries(playlist.read_text(), self.path.name)
        size_bytes = self.path.stat().st_size
        self.news = [entry for entry in entries[self.shown :] if entry.stop <= size_bytes]

    def check(self) -> None:
        """Raise ValueError unless the news are whole and follow what is shown. Blocks."""
        with self.path.open("rb") as file:
            if not self.shown:
                self.head_bytes = self.stop = self.news[0].start
                head = file.read(self.head_bytes)
                self.timescale = fragments.timescale(head)
                if "width" in self.facts:
                    # The head of a file says its codec; the rest is known before.
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
        """Return the news as a part of the rendition to be; the first has the head, too."""
        # Lengths in playlists are rounded, maybe to nothing.
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

    def go_on(self) -> None:
        """Take the news for shown."""
        self.until_s = self.news_until_s
        self.stop = self.news[-1].stop
        self.shown += len(self.news)


@dataclass(slots=True)
class Growth:
    """What is shown of a film while ffmpeg writes it into a folder.

    ``facts`` are fields of the renditions to be, by the names of those: "v360", "a0"; the picture
    is the first.
    """

    job: Job
    files: list[_File]
    number: int = 0
    # Whether the last part may be shown or not: the storage or the database failed then.
    is_unsure: bool = field(default=False)

    @classmethod
    def of(cls, job: Job, folder: Path, facts: Mapping[str, Mapping[str, Any]]) -> "Growth":
        return cls(job, [_File(folder / f"{name}.mp4", each) for name, each in facts.items()])

    @property
    def shown(self) -> set[str]:
        """Return the names of which something is shown, or may be."""
        return {file.path.stem for file in self.files if file.shown or self.is_unsure}

    async def follow(self) -> None:
        """Show what is finished again and again, until cancelled. Raises LeaseLost.

        That something cannot be shown is no reason to give up what is made: the next look
        tries it again.
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
        """Show what is finished by now, if it is enough to begin or to go on with.

        Raises LeaseLost, and Hindered, OSError, ValueError or DatabaseError for what fails.
        """
        if self.is_unsure:
            await self._settle()
        await asyncio.to_thread(self._look)
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
        self._go_on()

    def _leave_silent(self) -> None:
        """Show nothing of tracks in which nothing is heard for long; players know no later ones."""
        if self.files[0].news_until_s >= _SILENT_S:
            self.files = [file for file in self.files if file.news]

    def _look(self) -> None:
        for file in self.files:
            file.look()

    def _check(self) -> None:
        for file in self.files:
            file.check()

    async def _settle(self) -> None:
        last = part_name(self.files[0].path.name, self.number)
        if last in await published(self.job):
            self._go_on()
        self.is_unsure = False

    def _go_on(self) -> None:
        for file in self.files:
            file.go_on()
        self.is_unsure = False
