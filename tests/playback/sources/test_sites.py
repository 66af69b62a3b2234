"""Pages of well-known sites; tests/vectors/links.json has more of them."""

from urllib.parse import urlsplit

import pytest

from playback.sources.sites import what_to_do


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://drive.google.com/file/d/1", "Google Drive, not the file itself"),
        ("https://ana-my.sharepoint.com/v", "SharePoint, not the file itself"),
        ("https://www.dropbox.com/s/1", "Dropbox, not the file itself"),
        ("https://app.plex.tv/desktop/#!/server/1/details?key=2", "Plex, not the file itself"),
        ("https://films.example/web/index.html#!/details?id=1&serverId=2", "Jellyfin, not"),
        ("http://192.168.1.5:32400/web/index.html#!/server/a/details?key=x", "Plex, not"),
        ("https://cloud.example/s/abcDEF123456789", "Nextcloud, not"),
        ("https://cloud.example/index.php/s/abcDEF123456789/", "Nextcloud, not"),
        ("https://cloud.example/apps/files/?dir=/Films&openfile=123", "Nextcloud, not"),
        ("https://letterboxd.com/film/fight-club/", "Letterboxd, which is about films"),
        ("https://de.wikipedia.org/wiki/Fight_Club", "Wikipedia, which is about films"),
        ("https://films.example/jellyfin/web/#/details?id=1", "Jellyfin, not"),
        ("https://films.example/web/index.html#!/item?id=1&serverId=2", "Emby, not"),
        (
            "https://www.netflix.com/watch/81234567?trackId=1",
            "Netflix, whose films play",
        ),
        ("https://www.amazon.de/-/en/gp/video/detail/B0/ref=x", "Prime Video, whose films"),
        ("https://watch.amazon.com/detail?gti=x", "Prime Video, whose films"),
        ("https://open.spotify.com/track/1", "Spotify, where there is only sound"),
        ("https://archive.org/details/film", "the Internet Archive, not the file itself"),
        ("https://clips.twitch.tv/x", "Twitch, which cannot be played here"),
        ("https://tube.example/w/kkGMgK9ZtnKfYAgnEtQxbv", "PeerTube, which cannot be played"),
    ],
)
def test_a_page_of_a_known_site_says_what_to_do(link: str, words: str) -> None:
    assert f"This is a page of {words}" in (what_to_do(urlsplit(link)) or "")


@pytest.mark.parametrize(
    "link",
    [
        "https://notdropbox.com/s/1",
        "https://a.example/dropbox.com",
        "https://netflix.com.evil.example/watch/1",
        "https://www.amazon.de/dp/B0",
        "https://films.example/web/about",
        "https://blog.example/s/short",
        "https://dropbox.com.mx/x",
    ],
)
def test_another_site_of_a_name_like_it_is_none(link: str) -> None:
    assert what_to_do(urlsplit(link)) is None
