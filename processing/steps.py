"""The steps of a conversion. Steps that an earlier attempt has finished are skipped."""

import asyncio
import copy
import dataclasses
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from library.models import Rendition
from library.renditions import FILE_NAME, STORYBOARD_NAME
from media import index, recipes
from media.kinds import MP4, TS
from media.plan import Rung, Way, ordered_sounds, wants_storyboard
from media.playability import problem_of
from processing import history, queue
from processing.attempt import Attempt
from processing.audio_tracks import leave_out_broken
from processing.errors import OF_FFMPEG, Unexpected
from processing.ladder import SOUND_MIME_TYPE, make_lowest, make_pictures
from processing.publishing import Made, fetch, publish, published
from processing.states import Stage
from processing.storyboard import make_storyboard
from processing.subtitles import take_subtitles
from processing.writing import put_on_disk, write

# Quick steps that the worker always does itself, from the original and the results.
_QUICK = {"subtitles", "storyboard"}
# A larger MP4 is too much for many connections.
_FILM_LINES = 720


@dataclass(frozen=True, slots=True)
class Step:
    """A step. ``share`` is its relative cost: seconds of work for a second of film."""

    name: Stage
    share: float
    run: Callable[[Attempt], Awaitable[None]]
    # The rendition whose existence means that the step is done.
    makes: str
    # Quick enough to run at the same time as the next step.
    is_beside: bool = False


def steps_of(attempt: Attempt) -> list[Step]:
    """Return the steps in order; what makes the film playable comes first."""
    steps: list[Step] = []
    if attempt.way == Way.REMUX:
        steps.append(Step("remux", 0.01, _remux, FILE_NAME))
    quick: list[Step] = []
    # Where only a storyboard is made, they have been taken, and the owner may have removed some.
    if attempt.facts.tracks.subtitles and attempt.way != Way.STORYBOARD:
        quick.append(Step("subtitles", 0.002, take_subtitles, ""))
    made = _made_for_storyboard(attempt)
    if made or wants_storyboard(attempt.video.duration_s):
        run = functools.partial(make_storyboard, source=made)
        quick.append(Step("storyboard", 0.003, run, STORYBOARD_NAME))
    if attempt.wants_ladder:
        steps += _ladder(attempt.rungs, quick, is_frugal=attempt.is_frugal)
    else:
        steps += quick
    if attempt.way == Way.TRANSCODE:
        steps.append(Step("film", 0.002, _join, FILE_NAME))
    return [step for step in steps if step.makes not in attempt.made]


def _made_for_storyboard(attempt: Attempt) -> str | None:
    """Return what of the files that are made has the pictures soonest; None if none is made."""
    if attempt.wants_ladder:
        return f"v{attempt.rungs[0].height}.mp4"
    return FILE_NAME if attempt.way in (Way.REMUX, Way.TRANSCODE) else None


async def make(attempt: Attempt) -> None:
    """Do all steps; raise Failure and LeaseLost.

    Quick steps run beside long ones, which leave processors idle at their beginning and end.
    """
    if _copies_broadcast(attempt):
        if await _lacks_packets(attempt):
            await queue.change_plan(attempt.job, Way.TRANSCODE)
        else:
            await queue.note(attempt.job, history.RECEIVED_WHOLE, {})
    steps = steps_of(attempt)
    attempt.plan([step.share for step in steps])
    beside: list[Step] = []
    for step in steps:
        if step.is_beside and step is not steps[-1]:
            beside.append(step)
            continue
        await attempt.enter(step.name, step.share + sum(each.share for each in beside))
        # Their progress says nothing about the whole.
        await together(step.run(attempt), *(each.run(copy.copy(attempt)) for each in beside))
        beside = []


def _copies_broadcast(attempt: Attempt) -> bool:
    is_copied = attempt.way == Way.REMUX and attempt.demuxer == TS.demuxer
    return is_copied and FILE_NAME not in attempt.made


async def _lacks_packets(attempt: Attempt) -> bool:
    """Tell whether a broadcast was received with errors; raise Failure.

    Chromium gives up at a picture of which a part is missing; our decoder hides that.
    """
    tracks = attempt.facts.tracks
    try:
        await attempt.run(recipes.whole_picture(attempt.source, attempt.demuxer, tracks))
    except Unexpected as error:
        if error.code not in OF_FFMPEG:
            raise
        return recipes.PACKETS_MISSING in error.detail
    return False


async def together(main: Awaitable[None], *beside: Awaitable[None]) -> None:
    """Await all; raise the first error, with nothing left running.

    ``main``, which may be hours of work, is not stopped by a failure beside it.
    """
    tasks = [asyncio.ensure_future(each) for each in beside]
    try:
        await main
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_quick_steps(attempt: Attempt) -> None:
    """Do the quick steps, after everything else; raise Failure and LeaseLost."""
    steps = [step for step in steps_of(attempt) if step.name in _QUICK]
    if any(step.name == "subtitles" for step in steps) or not _made_for_storyboard(attempt):
        await attempt.fetch()
    for step in steps:
        await step.run(attempt)


def _ladder(rungs: list[Rung], soon: list[Step], *, is_frugal: bool) -> list[Step]:
    """Return the steps of a ladder, with quick steps right after the lowest size."""
    lowest, others = rungs[:1], rungs[1:]
    run = functools.partial(make_lowest, rung=lowest[0])
    steps = [Step("lowest", _share(lowest) + 0.02, run, f"v{lowest[0].height}.m3u8")]
    steps += [dataclasses.replace(step, is_beside=not is_frugal) for step in soon]
    for sizes in [[rung] for rung in others] if is_frugal else [others] if others else []:
        run = functools.partial(make_pictures, rungs=sizes)
        steps.append(Step("sizes", _share(sizes), run, f"v{sizes[-1].height}.m3u8"))
    return steps


def _share(rungs: list[Rung]) -> float:
    """Return the cost of sizes by their pixels; 360p takes 0.11 s for a second of film."""
    return sum(0.11 * (rung.height / 360) ** 2 * 0.7 for rung in rungs) + 0.03


async def _remux(attempt: Attempt) -> None:
    """Remux the original to an MP4 that plays everywhere."""
    tracks = attempt.facts.tracks
    command = functools.partial(recipes.remux, attempt.source, attempt.demuxer, tracks)
    sounds = len(ordered_sounds(tracks))
    try:
        await _make_film(attempt, command, sounds=sounds)
        if attempt.demuxer == TS.demuxer and (pictures := await _pictures_before_break(attempt)):
            command = functools.partial(command, pictures=pictures)
            await _make_film(attempt, command, sounds=sounds)
    except Unexpected as failure:
        if not await leave_out_broken(attempt, failure):
            raise
        await _remux(attempt)
        return
    await publish_film(attempt)


async def _pictures_before_break(attempt: Attempt) -> int | None:
    """Return how many pictures come before the last if that is damaged; raise Failure.

    A recording of television ends where somebody stopped it, mostly within a picture, and Chromium
    gives up there.
    """
    output = attempt.folder / FILE_NAME
    if await attempt.succeeds(recipes.last_pictures(output)):
        return None
    return await asyncio.to_thread(index.pictures_in, output) - 1


async def _join(attempt: Attempt) -> None:
    """Make an MP4 from the largest size that is not too large, and the first language."""
    rows = await published(attempt.job)
    heights = [rung.height for rung in attempt.rungs]
    height = max(each for each in heights if each <= max(_FILM_LINES, heights[0]))
    picture = await fetch(rows[f"v{height}.mp4"], attempt.folder)
    first = next((row for row in rows.values() if row.mime_type == SOUND_MIME_TYPE), None)
    sound = await fetch(first, attempt.folder) if first else None
    command = functools.partial(recipes.film, picture, sound)
    await _make_film(attempt, command, sounds=len(ordered_sounds(attempt.facts.tracks)[:1]))
    await publish_film(attempt)


async def _make_film(
    attempt: Attempt, command: Callable[[Path, int], list[str]], *, sounds: int
) -> None:
    """Make an MP4 with ``command``, which gets a file and the space for its index."""
    output, facts = attempt.folder / FILE_NAME, attempt.facts
    room_bytes = index.room_for(
        facts.tracks,
        sounds=sounds,
        duration_s=facts.duration_s,
        size_bytes=attempt.video.size_bytes,
    )
    try:
        await write(attempt, command(output, room_bytes), [output])
    except Unexpected as error:
        missing_bytes = index.room_missing(error.detail)
        if missing_bytes is None:
            raise
        await write(attempt, command(output, room_bytes + missing_bytes), [output])
    try:
        await asyncio.to_thread(index.close_gap, output)
    except ValueError as error:
        raise Unexpected("incomplete", "Not all was made.", detail=str(error)) from error


async def publish_film(attempt: Attempt) -> None:
    """Check the MP4 in the scratch folder, and publish it."""
    output = attempt.folder / FILE_NAME
    # Writing it to disk takes longer than probing it.
    made, _ = await asyncio.gather(attempt.facts_of(output, MP4), put_on_disk(attempt, output))
    await attempt.check_length(made.duration_s, "the MP4")
    why = problem_of(
        mime_type=MP4.mime_type,
        video_codec=made.video_codec,
        audio_codec=made.audio_codec,
        pixel_format=made.pixel_format,
    )
    if why:
        raise Unexpected("unplayable", why)
    size = {"width": made.width, "height": made.height}
    film = Made(output, Rendition.Kind.MP4, MP4.mime_type, size)
    await publish(attempt.job, [film], duration_s=made.duration_s)
