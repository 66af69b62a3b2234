"""Sound tracks that cannot be converted. They are reported, and do not fail the job."""

import asyncio
from collections.abc import Collection
from dataclasses import replace

from media import playlists, recipes
from media.plan import Way, ordered_sounds
from processing import history, queue
from processing.attempt import Attempt
from processing.errors import OF_FFMPEG, Unexpected
from processing.publishing import discard_earlier


async def report_left_out(attempt: Attempt) -> None:
    """Report the tracks that are left out: they cannot be decoded, or there are too many."""
    if attempt.way in (Way.STORYBOARD, Way.DIRECT) and not attempt.wants_ladder:
        return
    tracks = attempt.facts.tracks
    kept = ordered_sounds(tracks)
    await report(attempt, [number for number in range(len(tracks.sounds)) if number not in kept])


async def leave_out_empty(attempt: Attempt, shown: Collection[str]) -> list[str]:
    """Leave out tracks with nothing in them; return their names.

    The encoded tracks are in the scratch folder: a0, a1, … The others keep their names, under which
    they may be watched already; tracks that are ``shown`` already stay. Raises Failure and
    LeaseLost.
    """
    names = []
    for position, number in enumerate(ordered_sounds(attempt.facts.tracks)):
        name = f"a{position}"
        if name not in shown and await _is_empty(attempt, name, number):
            (attempt.folder / f"{name}.m3u8").unlink()
            await report(attempt, [number])
            names.append(name)
    return names


async def _is_empty(attempt: Attempt, name: str, number: int) -> bool:
    """Tell whether there is nothing in the track that was encoded as ``name``."""
    playlist = attempt.folder / f"{name}.m3u8"
    # A missing playlist is not about the track; reading it later reports the error.
    if not playlist.exists():
        return False
    segments = playlists.entries(await asyncio.to_thread(playlist.read_text), f"{name}.mp4")
    if not playlists.is_silence(segments):
        return False
    # An empty track was filled with silence, too.
    alone = recipes.sound_alone(attempt.source, attempt.demuxer, attempt.facts.tracks, number)
    return not await attempt.run(alone)


async def leave_out_broken(attempt: Attempt, failure: Unexpected) -> bool:
    """Leave out the tracks at which ffmpeg fails; tell whether there are any.

    What the attempt has published is withdrawn. Raises Failure and LeaseLost.
    """
    broken = await broken_tracks(attempt, failure)
    if broken:
        await leave_out(attempt, broken)
    return bool(broken)


async def broken_tracks(attempt: Attempt, failure: Unexpected) -> list[int]:
    """Return the tracks at which ffmpeg fails; raise Failure and LeaseLost.

    Each track is tried separately, because ffmpeg's messages name tracks in many ways.
    """
    if failure.code not in OF_FFMPEG:
        return []
    source, demuxer, tracks = attempt.source, attempt.demuxer, attempt.facts.tracks
    sounds = ordered_sounds(tracks)
    broken = [
        number
        for number in sounds
        if not await attempt.succeeds(recipes.sound_alone(source, demuxer, tracks, number))
    ]
    # If all of them fail, the file or this ffmpeg may be at fault.
    if len(broken) == len(sounds) and not await attempt.succeeds(
        recipes.picture_alone(source, demuxer, tracks)
    ):
        return []
    return broken


async def leave_out(attempt: Attempt, broken: Collection[int]) -> None:
    """Leave out these tracks, and withdraw what the attempt has published; raise LeaseLost."""
    await report(attempt, broken)
    tracks = attempt.facts.tracks
    sounds = tuple(
        replace(sound, channels=0) if number in broken else sound
        for number, sound in enumerate(tracks.sounds)
    )
    attempt.facts = replace(attempt.facts, tracks=replace(tracks, sounds=sounds))
    await discard_earlier(attempt.job)


async def report(attempt: Attempt, numbers: Collection[int]) -> None:
    """Add an event for each track that is left out, once; raise LeaseLost."""
    for number in numbers:
        # An earlier attempt may have reported it.
        if await history.is_noted(attempt.job, history.SOUND_LEFT_OUT, track=number):
            continue
        sound = attempt.facts.tracks.sounds[number]
        about = {"track": number, "codec": sound.codec, "language": sound.language}
        await queue.note(attempt.job, history.SOUND_LEFT_OUT, about)
