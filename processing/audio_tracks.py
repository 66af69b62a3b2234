"""Sound tracks that cannot be converted: they are reported, and fail nothing."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from media import playlists, recipes
from media.plan import Way, ordered_sounds
from processing import queue
from processing.attempt import Attempt
from processing.errors import OF_FFMPEG, Unexpected
from processing.publishing import discard_earlier


async def tell_left_out(attempt: Attempt) -> None:
    """Tell which tracks are left out: nobody can decode them, or they are too many."""
    if attempt.way == Way.DIRECT and not attempt.wants_ladder:
        return
    tracks = attempt.facts.tracks
    kept = ordered_sounds(tracks)
    await tell_of(attempt, [number for number in range(len(tracks.sounds)) if number not in kept])


async def leave_out_empty(attempt: Attempt) -> list[str]:
    """Leave out the tracks of which nothing was heard in all the film; return their names.

    What was made of the sounds lies in the scratch folder: a0, a1, … The others keep their names,
    by which they may be watched already.
    """
    names = []
    for position, number in enumerate(ordered_sounds(attempt.facts.tracks)):
        name = f"a{position}"
        if await asyncio.to_thread(_take_empty, attempt, name):
            await tell_of(attempt, [number])
            names.append(name)
    return names


async def leave_out_broken(attempt: Attempt, failure: Unexpected) -> bool:
    """Leave out the tracks at which ffmpeg fails, beside what is good; tell if there are any.

    What was shown of the attempt is taken back. Raises Failure and LeaseLost.
    """
    broken = await broken_ones(attempt, failure)
    if broken:
        await leave_out(attempt, broken)
    return bool(broken)


async def broken_ones(attempt: Attempt, failure: Unexpected) -> list[int]:
    """Return the tracks at which ffmpeg fails, beside what is good. Raises Failure and LeaseLost.

    Each is tried by itself, since what ffmpeg says names a track in many ways.
    """
    if failure.code not in OF_FFMPEG:
        return []
    source, demuxer, tracks = attempt.source, attempt.demuxer, attempt.facts.tracks
    sounds = ordered_sounds(tracks)
    broken = [
        number
        for number in sounds
        if not await _is_made(attempt, recipes.sound_alone(source, demuxer, tracks, number))
    ]
    # If it fails at each of them the fault may be that of the file, or of this ffmpeg.
    if len(broken) == len(sounds) and not await _is_made(
        attempt, recipes.picture_alone(source, demuxer, tracks)
    ):
        return []
    return broken


async def leave_out(attempt: Attempt, broken: Collection[int]) -> None:
    """Leave out these tracks, and take back what was shown of the attempt; raise LeaseLost."""
    await tell_of(attempt, broken)
    tracks = attempt.facts.tracks
    sounds = tuple(
        replace(sound, channels=0) if number in broken else sound
        for number, sound in enumerate(tracks.sounds)
    )
    attempt.facts = replace(attempt.facts, tracks=replace(tracks, sounds=sounds))
    await discard_earlier(attempt.job)


async def _is_made(attempt: Attempt, arguments: Sequence[str]) -> bool:
    try:
        await attempt.run(arguments)
    except Unexpected as error:
        if error.code not in OF_FFMPEG:
            raise
        return False
    return True


def _take_empty(attempt: Attempt, name: str) -> bool:
    """Take a track from the scratch folder if nothing is in it; tell whether it was so."""
    playlist = attempt.folder / f"{name}.m3u8"
    # Without one it is no matter of the track, and is told where it is read.
    if not playlist.exists():
        return False
    entries = playlists.entries(playlist.read_text(), f"{name}.mp4")
    if any(entry.start != entry.stop for entry in entries):
        return False
    playlist.unlink()
    return True


async def tell_of(attempt: Attempt, numbers: Collection[int]) -> None:
    """Write down that these tracks are left out, each once; raise LeaseLost."""
    for number in numbers:
        # An attempt before this one may have told so.
        if await queue.is_noted(attempt.job, queue.SOUND_LEFT_OUT, track=number):
            continue
        sound = attempt.facts.tracks.sounds[number]
        about = {"track": number, "codec": sound.codec, "language": sound.language}
        await queue.note(attempt.job, queue.SOUND_LEFT_OUT, about)
