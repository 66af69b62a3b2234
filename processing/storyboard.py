"""The storyboard: the small pictures above the seek bar."""

import asyncio
from pathlib import Path

from core.database import in_database
from library.models import Rendition, Video
from library.renditions import STORYBOARD_NAME
from media import recipes, storyboards
from media.kinds import MP4
from media.tracks import Tracks
from processing import queue
from processing.attempt import Attempt
from processing.errors import OF_FFMPEG, Hindered, Unexpected
from processing.models import Job
from processing.publishing import Made, fetch, publish, published

# Trying again cannot help.
_OF_THE_FILM = OF_FFMPEG | {"incomplete", "stalled"}


async def make_storyboard(attempt: Attempt, source: str | None) -> None:
    """Make the sheets from the key frames of ``source``, a rendition, or of the original if None.

    If it is impossible, as for an extremely narrow picture, that is reported and the job goes on.
    """
    duration_s = await _length_s(attempt.job)
    if not duration_s:
        return
    if source is None:
        film, demuxer, tracks = attempt.source, attempt.demuxer, attempt.facts.tracks
    else:
        film = await fetch((await published(attempt.job))[source], attempt.folder)
        demuxer, tracks = MP4.demuxer, Tracks()
    step_s = recipes.storyboard_step_s(duration_s)
    pictures = storyboards.count_of(duration_s, step_s)
    try:
        await attempt.run(recipes.storyboard(film, demuxer, tracks, step_s, pictures))
        files = await asyncio.to_thread(_described, attempt.folder, duration_s, step_s)
    except Hindered as error:
        if error.code not in _OF_THE_FILM:
            raise
        await queue.note(attempt.job, "storyboard_failed", {"why": error.words})
        return
    await publish(attempt.job, files)


@in_database
def _length_s(job: Job) -> float | None:
    """Return the length in seconds of the converted film, not that of the original."""
    return Video.objects.values_list("duration_s", flat=True).get(pk=job.video_id)


def _described(folder: Path, duration_s: float, step_s: float) -> list[Made]:
    """Write the WebVTT of the sheets; return all files."""
    sheets = sorted(folder.glob("s[0-9][0-9][0-9].jpg"))
    if not sheets:
        raise Unexpected("incomplete", "The pictures of the seek bar could not be made.")
    with sheets[0].open("rb") as file:
        size = storyboards.size_of_jpeg(file.read(storyboards.JPEG_HEAD_BYTES))
    text = folder / STORYBOARD_NAME
    text.write_text(
        storyboards.cues(duration_s=duration_s, step_s=step_s, sheets=len(sheets), sheet_size=size)
    )
    kind = Rendition.Kind.STORYBOARD
    return [*(Made(sheet, kind, "image/jpeg") for sheet in sheets), Made(text, kind, "text/vtt")]
