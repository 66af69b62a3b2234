"""Extracts the subtitles inside a file, beside those that its owner adds."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from core.errors import StreamItError, Unavailable
from core.sizes import readable
from library.models import Subtitle
from library.subtitles import keep_track
from media import plan, recipes
from media.ffmpeg import STALLED_S
from media.languages import language_tag
from media.subtitles import MAX_BYTES, BadSubtitles, to_webvtt
from media.tracks import Subtitles
from processing import history, queue
from processing.attempt import Attempt
from processing.database_wait import patiently
from processing.errors import KILLED, OF_FFMPEG, Away, Hindered
from processing.models import Job, JobEvent

# The speed of the slowest disk that films are read from.
_SLOW_BYTES_PER_S = 10_000_000


async def take_subtitles(attempt: Attempt) -> None:
    """Extract all text tracks that have not been extracted before.

    Those that cannot be read are reported and do not fail the job. Raises Hindered if the tracks
    are not at fault.
    """
    tracks = attempt.facts.tracks
    texts = plan.text_subtitles(tracks)
    for number, track in enumerate(tracks.subtitles):
        if number not in texts:
            await queue.note(attempt.job, history.SUBTITLES_LEFT_OUT, _about(number, track))
    taken = await _taken(attempt.job)
    texts = [number for number in texts if number not in taken]
    failed = await _take_out(attempt, texts) if texts else {}
    for number in texts:
        track = tracks.subtitles[number]
        try:
            if number in failed:
                raise failed[number]
            await _keep_file(attempt, number, track)
        except Away:
            raise
        except (Hindered, StreamItError) as error:
            about = {**_about(number, track), "why": _why(error)}
            await queue.note(attempt.job, history.SUBTITLES_FAILED, about)


async def _take_out(attempt: Attempt, numbers: Sequence[int]) -> dict[int, Hindered]:
    """Write the tracks to files; return by track why it failed.

    All are read in one pass, because reading a large file takes long. If that fails, each is tried
    alone, so that one does not cost the others.
    """
    tracks, source = attempt.facts.tracks, attempt.source
    command = recipes.subtitles(source, attempt.demuxer, tracks, numbers, attempt.folder)
    size_bytes = (await asyncio.to_thread(source.stat)).st_size
    try:
        # ffmpeg reports no progress until the first line, which may be hours into the film.
        await attempt.run(command, stalled_s=STALLED_S + size_bytes / _SLOW_BYTES_PER_S)
    except Hindered as error:
        # If it is killed again with less memory, the input is the reason.
        if isinstance(error, Away) or (error.code == KILLED and not attempt.is_frugal):
            raise
        if len(numbers) == 1 or error.code not in OF_FFMPEG:
            return dict.fromkeys(numbers, error)
        one_by_one = [await _take_out(attempt, [number]) for number in numbers]
        return {number: why for failed in one_by_one for number, why in failed.items()}
    return {}


async def _keep_file(attempt: Attempt, number: int, track: Subtitles) -> None:
    path = recipes.subtitles_in(attempt.folder, number)
    # Read like any untrusted file: its content comes from the maker of the film.
    content = await asyncio.to_thread(_read, path)
    try:
        found = await to_webvtt(content)
    except Unavailable as error:
        raise Away("machine_failed", error.message) from error
    await _keep(attempt.job, number, track, found.text)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadSubtitles(f"has more than {readable(MAX_BYTES)}")
    return content


@patiently
def _keep(job: Job, number: int, track: Subtitles, vtt: str) -> None:
    language = language_tag(track.language)
    with transaction.atomic():
        queue.lock(job)
        keep_track(
            job.video,
            file_track=number,
            vtt=vtt,
            language=language,
            label=track.title or language or f"Track {number + 1}",
            # Forced tracks only have the few lines in another language.
            is_default=track.is_default and not track.is_forced,
        )
        history.record(job, history.SUBTITLES_TAKEN, {"track": number})


@patiently
def _taken(job: Job) -> set[int]:
    """Return the tracks that were extracted already, of which the owner may have removed some."""
    events = JobEvent.objects.filter(job__video_id=job.video_id, kind=history.SUBTITLES_TAKEN)
    # Older versions wrote no event.
    rows = Subtitle.objects.filter(video_id=job.video_id).values_list("file_track", flat=True)
    taken = {data["track"] for data in events.values_list("data", flat=True)}
    return taken | {number for number in rows if number is not None}


def _why(error: Hindered | StreamItError) -> str:
    if isinstance(error, Hindered):
        return error.words
    return (error.fields or {}).get("file", error.message)


def _about(number: int, track: Subtitles) -> dict[str, object]:
    return {"track": number, "codec": track.codec, "language": track.language}
