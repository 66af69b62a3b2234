"""The film in several sizes: HLS, one sound track for each language, the smallest size first."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from library.models import Rendition
from library.renditions import MASTER, master_of
from media import fragments, plan, playlists, recipes
from media.kinds import HLS, MP4
from media.languages import language_tag
from media.plan import Rung, Way
from media.playlists import Segments
from media.tracks import Sound
from processing.attempt import Attempt
from processing.audio_tracks import broken_tracks, leave_out, leave_out_empty, report
from processing.errors import Unexpected
from processing.growth import Growth
from processing.publishing import Made, discard_earlier, fetch, publish, published
from processing.writing import write

SOUND_MIME_TYPE = "audio/mp4"
# The most to read into memory at once from a file that may come from an external processor: 4 s of
# film at 32 Mbit/s have 16 MB.
_MOST_HEAD_BYTES, _MOST_SEGMENT_BYTES = 1 << 20, 64 << 20
# The most that a film may have of sound alone at its end: players have loaded it all by then.
_LONGEST_REST_S = 4.0
_FEWEST_BYTES_PER_S = 500


async def make_lowest(attempt: Attempt, rung: Rung) -> None:
    """Make the sound of every language, the lowest size, and their master playlist.

    If nothing of the film plays yet, the finished part is published meanwhile.
    """
    # A worker of an older version made these in a separate step.
    has_sounds = any(f"{name}.m3u8" in attempt.made for name in sounds_of(attempt))
    command = recipes.pictures(
        attempt.source,
        attempt.demuxer,
        attempt.facts.tracks,
        _size(attempt),
        [rung],
        sounds=not has_sounds,
        length_s=_longest_silence_s(attempt),
    )
    sounds = {} if has_sounds else sounds_of(attempt)
    growth = Growth.of(
        attempt.job, attempt.folder, {f"v{rung.height}": _about(attempt, rung), **sounds}
    )
    broken: list[int] = []
    try:
        if attempt.way == Way.TRANSCODE and not has_sounds:
            await _while_shown(attempt.run(command), growth)
        else:
            await attempt.run(command)
    except Unexpected as failure:
        broken = await broken_tracks(attempt, failure) if sounds else []
        if not broken:
            raise
        if not await _is_made_without(attempt, rung, broken, growth):
            await leave_out(attempt, broken)
            await make_lowest(attempt, rung)
            return
    empty = await leave_out_empty(attempt, growth.shown) if sounds else []
    heard = {
        name: facts
        for name, facts in sounds.items()
        if name not in empty and (attempt.folder / f"{name}.m3u8").exists()
    }
    if heard and not broken:
        await _end_together(attempt, rung)
    await publish_sizes(attempt, [rung], heard)


def _longest_silence_s(attempt: Attempt) -> float | None:
    """Return up to where silence is made behind a sound: as long as the picture should be.

    No longer than a film of so few bytes can be: a small file may say of itself that it lasts for
    days.
    """
    if attempt.expected_s is None:
        return None
    return min(attempt.expected_s, attempt.video.size_bytes / _FEWEST_BYTES_PER_S)


async def _end_together(attempt: Attempt, rung: Rung) -> None:
    """Make anew what is over before the other of picture and sound, where it could not be told.

    Players of HLS stop where one of the two is over. Raises Failure and LeaseLost.
    """
    source, demuxer, tracks = attempt.source, attempt.demuxer, attempt.facts.tracks
    picture_s = (await _segments(attempt, f"v{rung.height}")).duration_s
    shortest_s = min(await _lengths_of_sounds(attempt))
    # Silence was made for as long as the file says that the picture lasts, which may be too long,
    # or for no time where it says nothing.
    if attempt.is_short(picture_s) or picture_s - shortest_s > _LONGEST_REST_S:
        await attempt.run(recipes.sounds(source, demuxer, tracks, picture_s))
    heard_s = (await _lengths_of_sounds(attempt))[0]
    if heard_s - picture_s > _LONGEST_REST_S:
        await discard_earlier(attempt.job)
        await attempt.run(
            recipes.pictures(source, demuxer, tracks, _size(attempt), [rung], until_s=heard_s)
        )


async def _is_made_without(
    attempt: Attempt, rung: Rung, broken: Collection[int], growth: Growth
) -> bool:
    """Leave out ``broken`` tracks if everything else was made; tell whether it was.

    A track that cannot be decoded or encoded ends ffmpeg, wherever the others are by then: after
    their end, or a few pictures before it. The other tracks keep their names, under which they may
    be watched already.
    """
    names = {
        f"a{position}": number
        for position, number in enumerate(plan.ordered_sounds(attempt.facts.tracks))
    }
    wrong = {name for name, number in names.items() if number in broken}
    if attempt.expected_s is None or wrong & growth.shown:
        return False
    try:
        made = [
            await _segments(attempt, name) for name in (f"v{rung.height}", *(names.keys() - wrong))
        ]
    except Unexpected:
        return False
    picture_s = 1 / float(recipes.frames_per_s(attempt.facts.tracks))
    if min(each.duration_s for each in made) < attempt.expected_s - picture_s / 2:
        return False
    for name in wrong:
        (attempt.folder / f"{name}.m3u8").unlink(missing_ok=True)
    await report(attempt, broken)
    return True


async def make_pictures(attempt: Attempt, rungs: Sequence[Rung]) -> None:
    """Make these sizes, and the master playlist of all sizes."""
    size, tracks = _size(attempt), attempt.facts.tracks
    until_s = await _held_until_s(attempt)
    command = recipes.pictures(
        attempt.source, attempt.demuxer, tracks, size, rungs, until_s=until_s
    )
    await write(attempt, command, [attempt.folder / f"v{rung.height}.mp4" for rung in rungs])
    await publish_sizes(attempt, rungs, {})


async def _held_until_s(attempt: Attempt) -> float | None:
    """Return until when the last picture stays, as in the lowest size; None if it need not."""
    lowest = (await published(attempt.job)).get(f"v{attempt.rungs[0].height}.m3u8")
    own_s = attempt.facts.tracks.picture.duration_s
    if lowest is None:
        return None
    text = await asyncio.to_thread((await fetch(lowest, attempt.folder)).read_text)
    whole_s = playlists.read_segments(text).duration_s
    return whole_s if own_s is None or whole_s > own_s + _LONGEST_REST_S / 2 else None


async def _while_shown(making: Coroutine[Any, Any, object], growth: Growth) -> None:
    """Await ``making`` while its output is published; raise what either raises."""
    tasks: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(making),
        asyncio.ensure_future(growth.follow()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()


async def publish_sizes(
    attempt: Attempt, rungs: Sequence[Rung], sounds: Mapping[str, dict[str, Any]]
) -> None:
    """Check the files in the scratch folder, and publish them with a new master playlist.

    These are sizes (v360 and so on) and languages, with the facts of ``sounds_of`` by name.
    """
    files: list[Made] = []
    for name, facts in sounds.items():
        segments = await _segments(attempt, name)
        files += _files(attempt, name, segments, SOUND_MIME_TYPE, facts)
    # The last picture may be held while the sound goes on.
    sounds_s = await _lengths_of_sounds(attempt)
    longest_s = max(sounds_s[:1], default=0.0)
    for rung in rungs:
        name = f"v{rung.height}"
        segments = await _segments(attempt, name)
        longest_s = max(longest_s, segments.duration_s)
        await attempt.check_length(max([longest_s, *sounds_s]), f"the size {rung.height}")
        codecs = await _codec(attempt.folder / f"{name}.mp4")
        about = {**_about(attempt, rung), "codecs": codecs}
        files += _files(attempt, name, segments, MP4.mime_type, about)
    rows = await published(attempt.job)
    files.append(await asyncio.to_thread(_master, attempt.folder, list(rows.values()), files))
    # The length of the rendition, because the original may state no length or a wrong one.
    is_known = attempt.way in (Way.STORYBOARD, Way.DIRECT) and attempt.facts.duration_s
    facts_of_video: dict[str, Any] = {} if is_known else {"duration_s": longest_s}
    await publish(attempt.job, files, **facts_of_video)


async def _lengths_of_sounds(attempt: Attempt) -> list[float]:
    """Return the length of each language in order, made now or by an earlier attempt, s."""
    rows, lengths_s = await published(attempt.job), []
    for name in sounds_of(attempt):
        path = attempt.folder / f"{name}.m3u8"
        if not path.exists():
            if path.name not in rows:
                continue
            path = await fetch(rows[path.name], attempt.folder)
        text = await asyncio.to_thread(path.read_text)
        lengths_s.append(playlists.read_segments(text).duration_s)
    return lengths_s


def _size(attempt: Attempt) -> tuple[int, int]:
    return attempt.facts.width or 0, attempt.facts.height or 0


def _about(attempt: Attempt, rung: Rung) -> dict[str, Any]:
    """Return the facts of a size that are known before it is made."""
    width, height = plan.size_of(_size(attempt), rung)
    rate = recipes.frames_per_s(attempt.facts.tracks)
    return {"width": width, "height": height, "frames_per_s": float(rate)}


def sounds_of(attempt: Attempt) -> dict[str, dict[str, Any]]:
    """Return the facts of each language, by the name of its rendition."""
    tracks = attempt.facts.tracks
    sounds = [tracks.sounds[number] for number in plan.ordered_sounds(tracks)]
    labels = _labels(sounds)
    return {
        f"a{position}": {
            "language": language_tag(sound.language),
            "label": labels[position],
            "is_default": position == 0,
        }
        for position, sound in enumerate(sounds)
    }


def _files(
    attempt: Attempt, name: str, segments: Segments, mime_type: str, facts: dict[str, Any]
) -> list[Made]:
    """Return the two files of a rendition; the row of the playlist has its facts."""
    bits = {"peak_bits_per_s": segments.peak_bits_per_s, "bits_per_s": segments.bits_per_s}
    return [
        Made(attempt.folder / f"{name}.mp4", Rendition.Kind.HLS, mime_type),
        Made(attempt.folder / f"{name}.m3u8", Rendition.Kind.HLS, HLS.mime_type, {**facts, **bits}),
    ]


async def _segments(attempt: Attempt, name: str) -> Segments:
    """Read and check what ffmpeg has written; raise Unexpected if something is missing."""
    try:
        return await asyncio.to_thread(_finished, attempt.folder / f"{name}.m3u8")
    except (OSError, ValueError) as error:
        raise Unexpected("incomplete", "Not all was made.", detail=str(error)) from error


def _finished(playlist: Path) -> Segments:
    """Correct the end of a playlist, and return its segments; raise OSError or ValueError."""
    text, file = playlist.read_text(), playlist.with_suffix(".mp4")
    if playlists.read_segments(text).size_bytes > file.stat().st_size:
        raise ValueError(f"{file.name} is cut")
    listed = playlists.entries(text, file.name)
    if not listed:
        raise ValueError(f"{playlist.name} lists nothing of {file.name}")
    last = listed[-1]
    if listed[0].start > _MOST_HEAD_BYTES or last.stop - last.start > _MOST_SEGMENT_BYTES:
        raise ValueError(f"{file.name} has parts that are too large")
    with file.open("rb") as content:
        units = fragments.timescale(content.read(listed[0].start))
        content.seek(last.start)
        end_s = fragments.end_s(content.read(last.stop - last.start), timescale=units)
    text = playlists.ending_at(text, end_s)
    playlist.write_text(text)
    return playlists.read_segments(text)


async def _codec(path: Path) -> str:
    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(playlists.HEAD_BYTES)

    return playlists.avc_codec(await asyncio.to_thread(read))


def _master(folder: Path, rows: Sequence[Rendition], files: Sequence[Made]) -> Made:
    """Write the master playlist of the published renditions and of ``files``."""
    listed = {
        row.name: row
        for row in rows
        if row.mime_type == HLS.mime_type and not row.name.startswith(MASTER)
    }
    listed |= {
        made.name: Rendition(**made.facts) for made in files if made.mime_type == HLS.mime_type
    }
    sizes = sum(bool(row.width) for row in listed.values())
    path = folder / f"{MASTER}{sizes}.m3u8"
    path.write_text(master_of(listed))
    return Made(path, Rendition.Kind.HLS, HLS.mime_type)


def _labels(sounds: Sequence[Sound]) -> list[str]:
    """Return unique labels for the languages of a film."""
    labels: list[str] = []
    for sound in sounds:
        name = (sound.title or language_tag(sound.language) or "Sound")[:60]
        numbered = (f"{name} {number}" for number in range(2, len(sounds) + 2))
        labels.append(next(each for each in (name, *numbered) if each not in labels))
    return labels
