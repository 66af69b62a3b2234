"""HLS playlists: what they say, which are refused by name, and addresses changed in them."""

import re
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from media import hls
from media.hls import BadPlaylist, read, rewrite

BASE = "https://films.example/a/master.m3u8"
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="sound/en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.42c01e,mp4a.40.2",AUDIO="a"
low.m3u8

#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1920x1080,CODECS="hvc1.1.6.L120.90"
https://other.example/high.m3u8?key=1
"""
PARTS = """\ufeff#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="init.mp4",BYTERANGE="800@0"
#EXT-X-KEY:METHOD=AES-128,URI="/keys/1",IV=0x1
#EXTINF:4.0,A title, with a comma
0.m4s
#EXTINF:2.5,
../1.m4s
#EXT-X-ENDLIST
"""


def test_a_master_playlist_tells_of_its_qualities() -> None:
    low, high = read(MASTER, BASE).variants
    assert (low.url, low.width, low.height) == ("https://films.example/a/low.m3u8", 640, 360)
    assert low.codecs == ("avc1.42c01e", "mp4a.40.2")
    assert high.url == "https://other.example/high.m3u8?key=1"


def test_a_playlist_of_parts_tells_how_long_they_are() -> None:
    playlist = read(PARTS, BASE)
    assert playlist.first_part == "https://films.example/a/0.m4s"
    assert (playlist.duration_s, playlist.has_end) == (6.5, True)
    assert not read(PARTS.replace("#EXT-X-ENDLIST", ""), BASE).has_end


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html>", "no HLS playlist"),
        ("", "no HLS playlist"),
        ("<html>" + "x" * hls.MAX_BYTES, "no HLS playlist"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1"\n', "protected"),
        (
            '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,KEYFORMAT="com.widevine",URI="x"\n',
            "protected",
        ),
    ],
)
def test_what_no_page_can_play_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(BadPlaylist, match=words):
        read(text, BASE)


def test_every_address_gets_another_name_and_the_rest_stays() -> None:
    def name(address: str, variables: Mapping[str, str] | None) -> str:
        return f"{'part' if variables is None else 'list'}({address})"

    assert rewrite(MASTER, BASE, name).splitlines() == [
        "#EXTM3U",
        MASTER.splitlines()[1].replace(
            "sound/en.m3u8", "list(https://films.example/a/sound/en.m3u8)"
        ),
        *MASTER.splitlines()[2:3],
        "list(https://films.example/a/low.m3u8)",
        *MASTER.splitlines()[5:6],
        "list(https://other.example/high.m3u8?key=1)",
    ]
    parts = rewrite(PARTS, BASE, name)
    assert '#EXT-X-MAP:URI="part(https://films.example/a/init.mp4)",BYTERANGE="800@0"' in parts
    assert 'URI="part(https://films.example/keys/1)",IV=0x1' in parts
    assert "part(https://films.example/1.m4s)" in parts.splitlines()


# What hls.js 1.7 takes for the end of a line besides that of the standard, or for an address.
ELSEWHERE = [
    "#EXTINF:4,title\rhttps://evil.example/1.ts\n0.ts",
    "#EXTINF:4\r,\rhttps://evil.example/1.ts\n0.ts",
    "#NOTE\u2028https://evil.example/1.ts",
    "#EXT-X-NOTE:\u2029https://evil.example/1.ts",
    "#EXT-X-ENDLIST\rhttps://evil.example/1.ts",
    "#EXT-X-VERSION:7\x85https://evil.example/1.ts",
    '#EXT-X-DATERANGE:ID="a",CLASS="com.apple.hls.interstitial",X-ASSET-LIST="https://evil.example/"',
    '#EXT-X-CONTENT-STEERING:SERVER-URI="https://evil.example/"',
    '#EXT-X-DEFINE:NAME="x",VALUE="https://evil.example/"',
    '#EXT-X-SESSION-DATA:DATA-ID="x",URI="https://evil.example/"',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="https://evil.example/"',
    "#EXT-X-KEY:METHOD=AES-128,URI=https://evil.example/1",
    '#EXT-X-KEY:METHOD=AES-128,IV=0x1\r#EXT-X-KEY:URI="https://evil.example/1"',
    '#EXT-X-MAP:URI ="https://evil.example/1"',
    '#EXT-X-MAP:X-URI="https://evil.example/1"',
    '#EXT-X-MEDIA:TYPE=AUDIO,NAME="\rhttps://evil.example/1",URI="en.m3u8"',
    "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=a\rhttps://evil.example/1\nlow.m3u8",
]


@pytest.mark.parametrize("lines", ELSEWHERE)
def test_nothing_in_a_playlist_leads_viewers_past_us(lines: str) -> None:
    written = rewrite(f"#EXTM3U\n{lines}\n", BASE, lambda address, _: "ours")
    assert "evil.example" not in written
    assert written.splitlines() == written.removesuffix("\n").split("\n")


def test_what_is_known_of_a_film_is_passed_on() -> None:
    about = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:3
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=-3.5,PRECISE=YES
#EXT-X-MAP:URI="ours",BYTERANGE="800@0"
#EXT-X-KEY:METHOD=AES-128,URI="data:text/plain;base64,AAAA",IV=0x1
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.5+01:00
#EXTINF:4.004,
#EXT-X-BYTERANGE:800@10
ours
#EXT-X-DISCONTINUITY
#EXT-X-GAP
#EXTINF:4,
ours
#EXT-X-ENDLIST
"""
    assert rewrite(about, BASE, lambda address, _: "ours") == about


LONG_BASE = f"https://films.example/{'x' * 2000}/"
# Made when they are needed: some megabytes each, which every test process would hold.
COSTLY: dict[str, Callable[[], str]] = {
    "a line of nothing but a name": lambda: "#EXTM3U\n#EXT-X-KEY:" + "A" * hls.MAX_BYTES,
    "a line without an end": lambda: "#EXTM3U\n" + "x" * hls.MAX_BYTES,
    "empty lines without an end": lambda: "#EXTM3U" + "\n" * hls.MAX_BYTES,
    "lines without an end": lambda: "#EXTM3U\n" + "a\n" * (hls.MAX_BYTES // 2),
    "qualities without an end": lambda: "#EXTM3U\n" + "#EXT-X-STREAM-INF:A=1\na\n" * 40_000,
}


@pytest.mark.parametrize("name", COSTLY)
def test_what_would_cost_too_much_to_read_is_refused(name: str) -> None:
    with pytest.raises(BadPlaylist, match="too large"):
        read(COSTLY[name](), LONG_BASE)


ADDRESSES = {"addresses without an end": lambda: "#EXTM3U\n" + 'URI="a"\n' * 40_000}


@pytest.mark.parametrize("name", [*COSTLY, *ADDRESSES])
def test_what_would_cost_too_much_to_write_is_refused(name: str) -> None:
    text = (COSTLY | ADDRESSES)[name]()
    with pytest.raises(BadPlaylist, match="too large"):
        rewrite(text, LONG_BASE, lambda address, _: address)


def test_a_day_in_parts_of_two_seconds_is_not_too_large() -> None:
    text = "#EXTM3U\n" + "".join(f"#EXTINF:2,\n{at}.m4s\n" for at in range(43_200))
    playlist = read(f"{text}#EXT-X-ENDLIST\n", BASE)
    assert (playlist.duration_s, playlist.has_end) == (86_400, True)
    assert len(rewrite(text, BASE, lambda address, _: address).splitlines()) == 86_401


def test_attributes_are_told_apart_where_a_name_is_long_or_a_value_holds_commas() -> None:
    text = (
        "#EXTM3U\n#EXT-X-STREAM-INF:" + "A" * 20_000 + ',NAME="a,RESOLUTION=1x1" , '
        'CODECS="avc1,mp4a",X="unclosed,RESOLUTION=640x360\na\n'
    )
    (variant,) = read(text, BASE).variants
    assert variant.codecs == ("avc1", "mp4a")
    assert (variant.width, variant.height) == (640, 360)


def test_a_line_ends_where_the_standard_says_and_nowhere_else() -> None:
    text = "#EXTM3U\r\n#EXTINF:4,\x85\x0c\u2028evil.m4s\r\n0.m4s\r\n\r\n"
    written = rewrite(text, BASE, lambda address, _: address)
    assert re.split("\r?\n", written)[2:] == ["https://films.example/a/0.m4s", ""]


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (
            '#EXT-X-MAP:URI="第1話　タイトル_init.mp4",BYTERANGE="720@0"',
            '#EXT-X-MAP:URI="ours",BYTERANGE="720@0"',
        ),
        (
            '#EXT-X-MEDIA:TYPE=AUDIO,NAME="Français\u00a0(CA)",GROUP-ID="a"',
            '#EXT-X-MEDIA:TYPE=AUDIO,NAME="Français\u00a0(CA)",GROUP-ID="a"',
        ),
        (
            '#EXT-X-MEDIA:TYPE = AUDIO , GROUP-ID = "a" , NAME= "English, stereo"',
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, stereo"',
        ),
        ("#EXTINF:.5,title", "#EXTINF:.5,"),
        ('#EXT-X-MEDIA:TYPE=SUBTITLES,URI="http://[x/a.m3u8"', None),
    ],
)
def test_names_and_spaces_of_real_playlists_stay(line: str, written: str | None) -> None:
    out = rewrite(f"#EXTM3U\n{line}\n", BASE, lambda address, _: "ours").splitlines()
    assert out == ["#EXTM3U", *([written] if written else [])]


def test_a_part_at_no_address_breaks_the_playlist() -> None:
    text = "#EXTM3U\n#EXTINF:4,\nhttp://[x/a.ts\n#EXT-X-ENDLIST\n"
    with pytest.raises(BadPlaylist, match="broken"):
        read(text, BASE)
    with pytest.raises(BadPlaylist, match="broken"):
        rewrite(text, BASE, lambda address, _: address)


@pytest.mark.parametrize("tag", ["KEY:METHOD=AES-128", 'MAP:BYTERANGE="7@0"'])
@pytest.mark.parametrize(
    "address",
    [None, "", "http://[x/a", "skd://x", "file:///k", "blob:x", "http://x/\ta"],
)
def test_a_key_or_a_beginning_at_no_address_breaks_the_playlist(
    tag: str, address: str | None
) -> None:
    uri = "" if address is None else f',URI="{address}"'
    text = f"#EXTM3U\n#EXT-X-{tag}{uri}\n#EXTINF:4,\n0.ts\n#EXT-X-ENDLIST\n"
    with pytest.raises(BadPlaylist, match="broken"):
        read(text, BASE)
    if not address:
        return
    with pytest.raises(BadPlaylist, match="broken"):
        rewrite(text, BASE, lambda address, _: address)


@pytest.mark.parametrize("address", ["data:video/mp2t;base64,AAAA", "0.ts"])
def test_where_nothing_is_encrypted_no_key_is_needed(address: str) -> None:
    text = f'#EXTM3U\n#EXT-X-KEY:METHOD=NONE\n#EXT-X-MAP:URI="{address}"\n#EXTINF:4,\n0.ts\n'
    assert read(text, BASE).first_part
    assert "METHOD=NONE" in rewrite(text, BASE, lambda address, _: address)


def test_a_part_has_no_second_line_in_its_address() -> None:
    base = f"{BASE}?q=http://o.example/v.m3u8%0Anot-json"
    text = '#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="q"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{$q}\n'
    for play in (read, partial(rewrite, name=lambda address, _: address)):
        with pytest.raises(BadPlaylist, match="broken"):
            play(text, base)


@pytest.mark.parametrize("longest", ["address", "variables"])
def test_what_would_make_too_long_a_name_is_refused(longest: str) -> None:
    define = "".join(f'#EXT-X-DEFINE:NAME="v{n}",VALUE="{chr(0x1F600) * 900}"\n' for n in range(27))
    text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"
    text += "x" * 30_000 if longest == "address" else "low.m3u8"
    text = text.replace("#EXT-X-S", define + "#EXT-X-S") if longest == "variables" else text
    for play in (read, partial(rewrite, name=lambda address, _: address)):
        with pytest.raises(BadPlaylist, match="too large"):
            play(text, BASE)


WITH_VARIABLES = """#EXTM3U
#EXT-X-VERSION:11
#EXT-X-DEFINE:NAME="host",VALUE="https://cdn.example/x"
#EXT-X-DEFINE:QUERYPARAM="token"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{$token}",URI="{$host}/en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.42c01e",AUDIO="a"
{$host}/low.m3u8?t={$token}
"""
TAKING = """#EXTM3U
#EXT-X-DEFINE:IMPORT="host"
#EXT-X-MAP:URI="{$host}/init.mp4"
#EXTINF:4,
{$host}/0.m4s
#EXT-X-ENDLIST
"""


def test_variables_are_put_in_and_passed_on_to_the_playlists_of_qualities() -> None:
    base = f"{BASE}?token=a%2Fb&x=1"
    master = read(WITH_VARIABLES, base)
    assert master.variants[0].url == "https://cdn.example/x/low.m3u8?t=a/b"
    assert master.variables == {"host": "https://cdn.example/x", "token": "a/b"}
    parts = read(TAKING, BASE, master.variables)
    assert (parts.first_part, parts.duration_s) == ("https://cdn.example/x/0.m4s", 4)

    def name(address: str, variables: Mapping[str, str] | None) -> str:
        return f"part({address})" if variables is None else f"list({address} {dict(variables)})"

    written = rewrite(WITH_VARIABLES, base, name)
    assert f"list(https://cdn.example/x/low.m3u8?t=a/b {dict(master.variables)})" in written
    assert (
        f'NAME="a/b",URI="list(https://cdn.example/x/en.m3u8 {dict(master.variables)})"' in written
    )
    assert "{$" not in written
    assert "DEFINE" not in written
    of_parts = rewrite(TAKING, BASE, name, master.variables)
    assert 'URI="part(https://cdn.example/x/init.mp4)"' in of_parts
    assert "part(https://cdn.example/x/0.m4s)" in of_parts


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        (TAKING, {}, "Paste the link of its main playlist"),
        (TAKING, {"other": "x"}, "broken"),
        (WITH_VARIABLES, {}, "broken"),
        ('#EXTM3U\n#EXT-X-DEFINE:NAME="a"\n', {}, "broken"),
        ('#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="b"\n{$c}.ts\n', {}, "broken"),
    ],
)
def test_a_variable_without_a_value_is_told(
    text: str, given: Mapping[str, str], words: str
) -> None:
    for use in (lambda: read(text, BASE, given), lambda: rewrite(text, BASE, lambda *_: "", given)):
        with pytest.raises(BadPlaylist, match=words):
            use()


def test_braces_without_variables_are_a_part_of_an_address() -> None:
    assert read("#EXTM3U\n#EXTINF:4,\n{$a}.ts\n", BASE).first_part == (
        "https://films.example/a/{$a}.ts"
    )


def test_variables_that_make_much_of_little_are_refused() -> None:
    define = f'#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="{"x" * 30_000}"\n'
    lists = "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n" * 1000
    for text in (define + "{$a}{$a}.ts\n" * 1000, define + lists):
        with pytest.raises(BadPlaylist, match="too large"):
            rewrite(text, BASE, lambda *_: "")
