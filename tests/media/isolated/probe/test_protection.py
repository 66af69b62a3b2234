"""Films that are encrypted with a key that only their seller has."""

import re
from pathlib import Path

import pytest

from media.kinds import MPG, WEBM, WMV
from media.probe import Unreadable
from tests.media.probed import facts_of, ffmpeg
from tests.support import numbered
from tests.support.clips import Clip, make_clip
from tests.support.films import WITHOUT_LENGTH, make_film


async def test_a_film_that_is_protected_against_copying_is_refused(tmp_path: Path) -> None:
    film, key, name = tmp_path / "film.mp4", "76a6c65c5ea762046bd749a2e632ccbb", "00" * 16
    keys = ("-encryption_key", key, "-encryption_kid", name)
    how = ("-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *keys)
    ffmpeg("-i", make_clip(tmp_path, Clip(duration_s=1)), *how, film)
    with pytest.raises(Unreadable) as refused:
        await facts_of(film.read_bytes())
    assert refused.value.fields == {
        "file": "is protected against copying, so no browser can play it"
    }


async def test_a_film_of_apples_shop_is_refused_as_protected(tmp_path: Path) -> None:
    content = make_clip(tmp_path, Clip(duration_s=1)).read_bytes()
    for name, protected in [(b"avc1", b"drmi"), (b"mp4a", b"drms")]:
        # The codec's name in the index, and not among the brands before it.
        before, found, after = content.rpartition(name)
        assert found
        with pytest.raises(Unreadable) as refused:
            await facts_of(before + protected + after)
        assert "protected against copying" in (refused.value.fields or {})["file"]


async def test_a_film_of_windows_media_or_of_a_dvd_is_refused_as_protected() -> None:
    wmv = numbered.content_of(numbered.film("wmv", 1, codecs=("-c:v", "wmv2", "-c:a", "wmav2")))
    # The head says how long it and what follows in it is; "Content Encryption" takes the place of
    # the object that tells the codecs' names.
    codecs = bytes.fromhex("4052d1861d31d011a3a400a0c90348f6")
    assert codecs in wmv
    locked = wmv.replace(codecs, bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"))
    # Each packet of the picture fills a sector.
    rates = ("-b:v", "1M", "-minrate", "1M", "-maxrate", "1M", "-bufsize", "1M")
    codecs_of_dvd = ("-c:v", "mpeg2video", *rates, "-c:a", "ac3")
    dvd = numbered.content_of(numbered.film("vob", 1, codecs=codecs_of_dvd))
    # The head of a packet of the picture; of each second one the content is scrambled.
    starts = [at.start() for at in re.finditer(rb"\x00\x00\x01\xe0", dvd)][::2]
    scrambled = bytearray(dvd)
    for start in starts:
        scrambled[start + 6] |= 0x10
    for content, kind in [(locked, WMV), (bytes(scrambled), MPG)]:
        with pytest.raises(Unreadable) as refused:
            await facts_of(content, kind)
        assert "protected against copying" in (refused.value.fields or {})["file"]
    assert (await facts_of(wmv, WMV)).video_codec == "wmv2"
    assert (await facts_of(dvd, MPG)).video_codec == "mpeg2video"


async def test_a_webm_that_is_encrypted_is_refused_as_protected() -> None:
    film = make_film(WITHOUT_LENGTH)
    picture = ("-map", "0:v", "-c", "copy", "-live", "1", "-f", "webm", "-")
    content = ffmpeg("-i", film, *picture)

    def element(name: str, body: bytes) -> bytes:
        return bytes.fromhex(name) + (len(body) | 1 << 56).to_bytes(8) + body

    key = element("47e2", b"name of the key.")
    # RFC 9559 section 5.1.4.1.31: of all of the track, of the type of encryption, with AES.
    how = b"\x50\x31\x81\0\x50\x32\x81\1\x50\x33\x81\1" + element("5035", b"\x47\xe1\x81\5" + key)
    encodings = element("6d80", element("6240", how))
    # Before that, its name is in a list of where everything is.
    start = content.rindex(b"\x16\x54\xae\x6b", 0, 2000)
    # After a length of one byte comes the one track, with a length of seven.
    assert content[start + 5 : start + 7] == b"\xae\1"
    stop = start + 14 + int.from_bytes(content[start + 7 : start + 14])
    changed = element("1654ae6b", element("ae", content[start + 14 : stop] + encodings))
    with pytest.raises(Unreadable) as refused:
        await facts_of(content[:start] + changed + content[stop:], WEBM)
    assert "protected against copying" in (refused.value.fields or {})["file"]
