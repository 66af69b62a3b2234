"""The subtitles inside a file, taken out beside those that its owner adds."""

import asyncio
from pathlib import Path

from django.db import transaction

from core.errors import StreamItError
from core.sizes import readable
from library.subtitles import keep_track
from media import plan, recipes
from media.languages import language_tag
from media.subtitles import MAX_BYTES, BadSubtitles, to_webvtt
from media.tracks import Subtitles
from processing import queue
from processing.attempt import Attempt
from processing.errors import Hindered
from processing.models import Job
from processing.patience import patiently


async def take_subtitles(attempt: Attempt) -> None:
    """Take out every track of text. One that cannot be read is told of, and fails nothing."""
    tracks = attempt.facts.tracks
    texts = plan.text_subtitles(tracks)
    for number, track in enumerate(tracks.subtitles):
        if number not in texts:
            await queue.note(attempt.job, "subtitles_left_out", _about(number, track))
            continue
        try:
            await _take(attempt, number, track)
        except (Hindered, StreamItError) as error:
            about = {**_about(number, track), "why": _why(error)}
            await queue.note(attempt.job, "subtitles_failed", about)


async def _take(attempt: Attempt, number: int, track: Subtitles) -> None:
    output = attempt.folder / f"s{number}.vtt"
    await attempt.run(recipes.subtitles(attempt.source, attempt.demuxer, number, output))
    # Read as any file of a stranger's is: it says what the film's maker wanted.
    found = await to_webvtt(await asyncio.to_thread(_read, output), encoding="utf-8")
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
            # Forced ones are for the few lines in another language.
            is_default=track.is_default and not track.is_forced,
        )


def _why(error: Hindered | StreamItError) -> str:
    if isinstance(error, Hindered):
        return error.words
    return (error.fields or {}).get("file", error.message)


def _about(number: int, track: Subtitles) -> dict[str, object]:
    return {"track": number, "codec": track.codec, "language": track.language}
