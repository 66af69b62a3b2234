"""The small pictures above the seek bar."""

import asyncio
from pathlib import Path

from library.models import Rendition
from library.renditions import STORYBOARD_NAME
from media import recipes, storyboards
from media.kinds import MP4
from processing.attempt import Attempt
from processing.errors import Unexpected
from processing.publishing import Made, fetch, publish, published


async def make_storyboard(attempt: Attempt, source: str) -> None:
    """Make the sheets from the key frames of ``source``, a file that was made already."""
    duration_s = attempt.facts.duration_s
    if not duration_s:
        return
    film = await fetch((await published(attempt.job))[source], attempt.folder)
    step_s = recipes.storyboard_step_s(duration_s)
    pictures = storyboards.count_of(duration_s, step_s)
    await attempt.run(recipes.storyboard(film, MP4.demuxer, step_s, pictures))
    files = await asyncio.to_thread(_described, attempt.folder, duration_s, step_s)
    await publish(attempt.job, files, plays=False)


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
