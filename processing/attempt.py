"""One attempt at a job: its film, the facts about it, and its progress."""

import asyncio
import contextlib
import dataclasses
import errno
import json
import os
import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from core import durations
from core.errors import Unavailable
from core.sizes import readable
from library.models import Video
from library.receive.pipeline import reader
from library.storage import registry
from library.storage.base import Missing, StorageError
from media.ffmpeg import STALLED_S, Ffmpeg, FfmpegFailed, FfmpegKilled, FfmpegStalled
from media.kinds import Kind, kind_of
from media.plan import Rung, Way, ordered_sounds, rungs_of, wants_ladder
from media.playability import name_of
from media.probe import Facts, Read, Unreadable, probe
from processing import history, queue, scratch
from processing.errors import (
    KILLED,
    OF_FFMPEG,
    Away,
    Hindered,
    Impossible,
    Unexpected,
    failure_of,
)
from processing.models import Job
from processing.states import Stage

# After this share of the work, its pace is known well enough for an estimate.
_TELLING = 0.02
# The disk space needed to convert a file, as a multiple of it, including the file itself.
ROOM_SHARE = 1.5
# What ffmpeg says about a codec that it was built without.
_NO_DECODER = re.compile(r"no decoder found for: (\w+)")
# What ffmpeg says if the disk is full although it seemed to have space, as with a quota.
_NO_ROOM = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))


@dataclass(slots=True)
class Attempt:
    """The data shared by the steps of an attempt. ``folder`` is its scratch folder."""

    job: Job
    folder: Path
    ffmpeg: Ffmpeg
    source: Path = Path()
    facts: Facts = field(default_factory=Facts)
    # Renditions that earlier attempts have published.
    made: Collection[str] = ()
    step: Stage = ""
    # Makes one rendition after the other, with little memory.
    is_frugal: bool = False
    _total: float = 1.0
    _done: float = 0.0
    _share: float = 0.0
    _fraction: float = 0.0
    _began_s: float = field(default_factory=time.monotonic)

    @property
    def video(self) -> Video:
        return self.job.video

    @property
    def way(self) -> Way:
        """How the film is converted, as decided when the job was queued."""
        return Way(self.job.plan)

    @property
    def wants_ladder(self) -> bool:
        """Whether the film is converted to several sizes."""
        return self.way == Way.TRANSCODE or ladder_is_wanted(self.video, self.facts)

    @property
    def rungs(self) -> list[Rung]:
        """The sizes of the ladder, lowest first."""
        return rungs_of(self.facts.width or 0, self.facts.height or 0)

    @property
    def demuxer(self) -> str:
        """ffmpeg's name for the container of the original."""
        return kind_of(self.video.mime_type).demuxer

    @property
    def done_share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        return min(1.0, (self._done + self._share * self._fraction) / self._total)

    @property
    def done_at(self) -> datetime | None:
        """When the work should be done, estimated from its pace so far; None if unknown."""
        done = self.done_share
        if done < _TELLING:
            return None
        passed_s = time.monotonic() - self._began_s
        return timezone.now() + timedelta(seconds=passed_s * (1 - done) / done)

    def plan(self, shares: Sequence[float]) -> None:
        """Set the amount of work of each step, in any unit."""
        self._total = sum(shares) or 1.0

    async def enter(self, step: Stage, share: float) -> None:
        """Report that ``step`` begins and the previous one is done; raise LeaseLost."""
        self._done += self._share
        self.step, self._share, self._fraction = step, share, 0.0
        await queue.enter(self.job, step=step, done_share=self.done_share, done_at=self.done_at)

    def save_memory(self) -> None:
        """Use less memory from now on, because an earlier attempt was killed; it takes longer."""
        self.ffmpeg = dataclasses.replace(self.ffmpeg, threads=1)
        self.is_frugal = True

    async def fetch(self) -> None:
        """Copy the original to a local file, because ffmpeg has to seek in it; raise Failure."""
        place = self.video.source
        with _as_failures():
            storage = registry.provider(place.storage)
            stat = await storage.stat(place.key)
            if stat.size_bytes < self.video.size_bytes:
                # A truncated copy of a large film may look complete.
                missing = readable(self.video.size_bytes - stat.size_bytes)
                whole = readable(self.video.size_bytes)
                raise Unexpected("incomplete", f"The storage lacks {missing} of the {whole}.")
            near = storage.path_of(place.key)
            if near is not None:
                self.source = near
                return
            scratch.check_space(self.folder, round(stat.size_bytes * ROOM_SHARE))
            self.source = self.folder / "original"
            await storage.fetch(place.key, stat.size_bytes, self.source)

    async def look(self) -> None:
        """Probe the fetched original, unless its facts are known; raise Impossible."""
        if known := self._known():
            self.facts = known
            return
        self.facts = await self.facts_of(self.source, kind_of(self.video.mime_type))

    async def probe_remotely(self) -> None:
        """Probe the original in its storage, without fetching it; raise Failure."""
        if known := self._known():
            self.facts = known
            return
        place, kind = self.video.source, kind_of(self.video.mime_type)
        with _as_failures():
            storage = registry.provider(place.storage)
            stat = await storage.stat(place.key)
            self.facts = await _facts(reader(storage, place.key), stat.size_bytes, kind)

    def _known(self) -> Facts | None:
        """Return known facts of the original; None after a failed attempt, as they may be wrong."""
        if self.job.facts is None or self.job.attempt > 1:
            return None
        with contextlib.suppress(KeyError, TypeError):
            facts = Facts.from_json(self.job.facts)
            # Another version of StreamIt may know fewer, so that colours would be wrong.
            if json.loads(json.dumps(facts.to_json())) == self.job.facts:
                return facts
        return None

    async def facts_of(self, path: Path, kind: Kind) -> Facts:
        """Probe a local file; raise Failure."""
        size_bytes = (await asyncio.to_thread(path.stat)).st_size
        return await _facts(_reader(path), size_bytes, kind)

    async def run(self, arguments: Sequence[str], *, stalled_s: float = STALLED_S) -> float:
        """Run ffmpeg in the scratch folder; return how many seconds it has made. Raises Failure."""
        length_s, made_s = self.facts.duration_s, 0.0

        def told(seconds: float) -> None:
            nonlocal made_s
            made_s = seconds
            if length_s:
                self._fraction = min(1.0, seconds / length_s)

        try:
            await self.ffmpeg.run(arguments, folder=self.folder, progress=told, stalled_s=stalled_s)
        except FfmpegFailed as error:
            raise self._failure_of(error) from error
        except OSError as error:
            # There is no ffmpeg, or it cannot be started.
            raise failure_of(error) from error
        return made_s

    async def succeeds(self, arguments: Sequence[str]) -> bool:
        """Run ffmpeg as ``run`` does; tell whether it succeeds. Raises other Failures."""
        try:
            await self.run(arguments)
        except Unexpected as error:
            if error.code not in OF_FFMPEG:
                raise
            return False
        return True

    def _failure_of(self, error: FfmpegFailed) -> Hindered:
        if isinstance(error, FfmpegKilled):
            return Unexpected(KILLED, "The work was ended from outside.", detail=error.words)
        if isinstance(error, FfmpegStalled):
            return Hindered("stalled", "The work came to a halt.", detail=error.words)
        if any(words in error.words for words in _NO_ROOM):
            return Away("disk_full", "The server has no room to work.", detail=error.words)
        if unknown := _NO_DECODER.search(error.words):
            words = f"The server's ffmpeg has no decoder for {name_of(unknown[1])}."
            return Unexpected("no_decoder", words, detail=error.words)
        # Its output names folders of the server.
        return Unexpected("ffmpeg_failed", "ffmpeg failed at this film.", detail=error.words)

    @property
    def expected_s(self) -> float | None:
        """How long the picture should be, as far as the file says."""
        lengths = (self.facts.duration_s, self.facts.tracks.picture.duration_s)
        return min((each for each in lengths if each), default=None)

    def is_short(self, length_s: float | None) -> bool:
        """Tell whether a rendition of this length is shorter than the film's picture."""
        whole_s = self.expected_s
        return whole_s is not None and (length_s or 0) < whole_s - max(0.5, whole_s / 100)

    async def check_length(self, length_s: float | None, what: str) -> None:
        """Raise Unexpected if a rendition is shorter than the film's picture.

        Not if an earlier attempt failed in the same way: then there is no more, as in damaged
        files, or in files that state a wrong length. A longer one comes from joined films.
        """
        expected_s = self.expected_s
        if expected_s is not None and self.is_short(length_s):
            whole, made = durations.readable(expected_s), durations.readable(length_s or 0)
            words = f"Of {whole} of film only {made} could be made."
            if length_s is None or not await history.has_failed_with(self.job, words):
                raise Unexpected("incomplete", words, detail=what)
            await queue.note(self.job, history.SHORTENED, {"words": words, "detail": what})


def ladder_is_wanted(video: Video, facts: Facts) -> bool:
    """Tell whether a film that plays should also be converted to smaller sizes."""
    if settings.LADDER != "auto":
        return bool(settings.LADDER == "always")
    bitrate = video.size_bytes * 8 / video.duration_s if video.duration_s else None
    sounds = len(ordered_sounds(facts.tracks))
    return wants_ladder(
        width=video.width,
        height=video.height,
        bitrate=bitrate,
        sounds=sounds,
        is_interlaced=facts.tracks.picture.is_interlaced,
        is_open_gop=facts.tracks.picture.is_open_gop,
    )


@contextlib.contextmanager
def _as_failures() -> Iterator[None]:
    """Turn errors about the original into a Failure."""
    try:
        yield
    except Missing as error:
        raise Impossible("file_missing", "The file of this video is gone.") from error
    except (StorageError, OSError) as error:
        raise failure_of(error) from error


async def _facts(read: Read, size_bytes: int, kind: Kind) -> Facts:
    try:
        return await probe(read, size_bytes, kind)
    except Unreadable as error:
        why = (error.fields or {}).get("file", "cannot be read")
        raise Impossible("unreadable", f"The file {why}.") from error
    except Unavailable as error:
        raise Away("machine_failed", error.message) from error


def _reader(path: Path) -> Read:
    def part(start: int, stop: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(stop - start)

    async def read(start: int, stop: int) -> bytes:
        return await asyncio.to_thread(part, start, stop)

    return read
