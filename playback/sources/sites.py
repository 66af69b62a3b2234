"""Well-known sites that no adapter can play, and what people can do instead. Pure."""

import re
from urllib.parse import SplitResult

from playback.sources.links import name_of

# Sites that store files but do not serve them to players.
_KEEPING = {
    "drive.google.com": "Google Drive",
    "docs.google.com": "Google Drive",
    "drive.usercontent.google.com": "Google Drive",
    "photos.google.com": "Google Photos",
    "photos.app.goo.gl": "Google Photos",
    "onedrive.live.com": "OneDrive",
    "onedrive.com": "OneDrive",
    "1drv.ms": "OneDrive",
    "sharepoint.com": "SharePoint",
    "icloud.com": "iCloud",
    "mega.nz": "MEGA",
    "mega.co.nz": "MEGA",
    "mega.io": "MEGA",
    "mediafire.com": "MediaFire",
    "dropbox.com": "Dropbox",
    "disk.yandex.ru": "Yandex Disk",
    "disk.yandex.com": "Yandex Disk",
    "disk.yandex.by": "Yandex Disk",
    "disk.yandex.kz": "Yandex Disk",
    "yadi.sk": "Yandex Disk",
    "cloud.mail.ru": "Mail.ru Cloud",
    "pan.baidu.com": "Baidu Pan",
    "pan.quark.cn": "Quark",
    "alipan.com": "Aliyun Drive",
    "aliyundrive.com": "Aliyun Drive",
    "wetransfer.com": "WeTransfer",
    "we.tl": "WeTransfer",
    "swisstransfer.com": "SwissTransfer",
    "box.com": "Box",
    "terabox.com": "TeraBox",
    "terabox.app": "TeraBox",
    "1024terabox.com": "TeraBox",
    "teraboxapp.com": "TeraBox",
    "pcloud.com": "pCloud",
    "pcloud.link": "pCloud",
    "drive.proton.me": "Proton Drive",
    "gofile.io": "Gofile",
    "1fichier.com": "1fichier",
    "4shared.com": "4shared",
    "workupload.com": "Workupload",
    "magentacloud.de": "MagentaCLOUD",
    "hidrive.com": "HiDrive",
    "hidrive.ionos.com": "HiDrive",
    "app.plex.tv": "Plex",
    "watch.plex.tv": "Plex",
    "plex.direct": "Plex",
    "put.io": "put.io",
    "real-debrid.com": "Real-Debrid",
}
# Their films are protected by DRM and play only in their own players.
_LOCKED = {
    "netflix.com": "Netflix",
    "disneyplus.com": "Disney+",
    "primevideo.com": "Prime Video",
    "hulu.com": "Hulu",
    "max.com": "Max",
    "hbomax.com": "Max",
    "tv.apple.com": "Apple TV",
    "itunes.apple.com": "Apple TV",
    "paramountplus.com": "Paramount+",
    "peacocktv.com": "Peacock",
    "crunchyroll.com": "Crunchyroll",
    "hidive.com": "HIDIVE",
    "viki.com": "Viki",
    "mubi.com": "MUBI",
    "dazn.com": "DAZN",
    "joyn.de": "Joyn",
    "rtl.de": "RTL+",
    "sky.de": "Sky",
    "sky.com": "Sky",
    "wowtv.de": "WOW",
    "canalplus.com": "Canal+",
    "hotstar.com": "Hotstar",
    "zee5.com": "ZEE5",
    "sonyliv.com": "SonyLIV",
    "kanopy.com": "Kanopy",
    "tubitv.com": "Tubi",
    "pluto.tv": "Pluto TV",
    "therokuchannel.roku.com": "Roku",
    "iq.com": "iQIYI",
    "iqiyi.com": "iQIYI",
    "v.qq.com": "Tencent Video",
    "wetv.vip": "WeTV",
    "youku.com": "Youku",
    "play.google.com": "Google Play",
    "curiositystream.com": "Curiosity Stream",
}
_SHOP = re.compile(r"amazon\.[a-z.]{2,6}")
_FILM_IN_SHOP = re.compile(r"(?:/-/[a-z]{2})?/(?:gp/video|video)/.*")
# They show videos on their own pages and in frames that other pages cannot control.
_SHOWING = {
    "dailymotion.com": "Dailymotion",
    "dai.ly": "Dailymotion",
    "twitch.tv": "Twitch",
    "kick.com": "Kick",
    "bilibili.com": "Bilibili",
    "bilibili.tv": "Bilibili",
    "b23.tv": "Bilibili",
    "rumble.com": "Rumble",
    "odysee.com": "Odysee",
    "lbry.tv": "Odysee",
    "bitchute.com": "BitChute",
    "tiktok.com": "TikTok",
    "instagram.com": "Instagram",
    "instagr.am": "Instagram",
    "threads.net": "Threads",
    "threads.com": "Threads",
    "facebook.com": "Facebook",
    "fb.com": "Facebook",
    "fb.watch": "Facebook",
    "twitter.com": "X",
    "x.com": "X",
    "bsky.app": "Bluesky",
    "reddit.com": "Reddit",
    "redd.it": "Reddit",
    "tumblr.com": "Tumblr",
    "pinterest.com": "Pinterest",
    "pin.it": "Pinterest",
    "snapchat.com": "Snapchat",
    "linkedin.com": "LinkedIn",
    "t.me": "Telegram",
    "discord.com": "Discord",
    "streamable.com": "Streamable",
    "imgur.com": "Imgur",
    "gfycat.com": "Gfycat",
    "giphy.com": "GIPHY",
    "coub.com": "Coub",
    "loom.com": "Loom",
    "wistia.com": "Wistia",
    "ted.com": "TED",
    "vk.com": "VK",
    "vk.ru": "VK",
    "vkvideo.ru": "VK",
    "ok.ru": "OK",
    "rutube.ru": "RuTube",
    "nicovideo.jp": "Niconico",
    "nico.ms": "Niconico",
    "weibo.com": "Weibo",
    "douyin.com": "Douyin",
    "zoom.us": "Zoom",
    "arte.tv": "ARTE",
    "ardmediathek.de": "ARD Mediathek",
    "zdf.de": "ZDF",
    "3sat.de": "3sat",
    "orf.at": "ORF",
    "srf.ch": "SRF",
    "bbc.co.uk": "BBC",
    "itv.com": "ITV",
    "channel4.com": "Channel 4",
    "france.tv": "France TV",
    "tf1.fr": "TF1",
    "raiplay.it": "RaiPlay",
    "rtve.es": "RTVE",
    "svtplay.se": "SVT Play",
    "nrk.no": "NRK",
    "pbs.org": "PBS",
}
# They are about films, and have none.
_ABOUT = {
    "letterboxd.com": "Letterboxd",
    "justwatch.com": "JustWatch",
    "trakt.tv": "Trakt",
    "rottentomatoes.com": "Rotten Tomatoes",
    "metacritic.com": "Metacritic",
    "myanimelist.net": "MyAnimeList",
    "anilist.co": "AniList",
    "thetvdb.com": "TheTVDB",
    "kinopoisk.ru": "Kinopoisk",
    "allocine.fr": "AlloCiné",
    "filmaffinity.com": "FilmAffinity",
    "moviepilot.de": "Moviepilot",
    "filmstarts.de": "Filmstarts",
    "fernsehserien.de": "fernsehserien.de",
    "wikipedia.org": "Wikipedia",
    "douban.com": "Douban",
}
# These have sound only.
_SOUND = {
    "spotify.com": "Spotify",
    "spotify.link": "Spotify",
    "soundcloud.com": "SoundCloud",
    "bandcamp.com": "Bandcamp",
    "deezer.com": "Deezer",
    "tidal.com": "TIDAL",
    "music.apple.com": "Apple Music",
    "podcasts.apple.com": "Apple Podcasts",
    "music.amazon.com": "Amazon Music",
}
# Programs that people host themselves are recognised by the form of their addresses.
_PEERTUBE = re.compile(
    r"/w/(?:p/)?[1-9A-HJ-NP-Za-km-z]{22}|/videos/(?:watch|embed)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-.*"
)
_PAGE_OF_SERVER = re.compile(r"(?:/[\w-]+)?/web/?(?:index\.html)?")
# Nextcloud and ownCloud make tokens of fifteen letters.
_SHARED = re.compile(
    r"(?:/[\w-]+)?(?:/index\.php)?/s/[A-Za-z0-9]{15}/?|(?:/index\.php)?/apps/files/.*"
)
_ON_PAGE = re.compile(r"!?/[a-z]+(?:\.html)?(?:\?.*)?", re.DOTALL)


def what_to_do(url: SplitResult) -> str | None:
    """Return which site ``url`` is from and what to do instead; None for unknown sites."""
    if keeper := _named(url, _KEEPING) or _server_of(url):
        return f"This is a page of {keeper}, not the file itself. Download the file, and upload it."
    if locked := _named(url, _LOCKED) or _shop(url):
        return (
            f"This is a page of {locked}, whose films play only there. Choose a film that you have "
            "as a file, or one on YouTube or Vimeo."
        )
    if about := _named(url, _ABOUT):
        return (
            f"This is a page of {about}, which is about films and has none. Paste a video's link."
        )
    if sound := _named(url, _SOUND):
        return f"This is a page of {sound}, where there is only sound. Choose a video."
    if name_of(url) == "archive.org":
        return (
            "This is a page of the Internet Archive, not the file itself. Paste the link of the "
            "MP4 file that it offers for download."
        )
    if showing := _named(url, _SHOWING) or ("PeerTube" if _PEERTUBE.fullmatch(url.path) else None):
        return (
            f"This is a page of {showing}, which cannot be played here. If you can download the "
            "video, upload the file."
        )
    return None


def _named(url: SplitResult, names: dict[str, str]) -> str | None:
    """Return the name in ``names`` for the host of ``url`` or one of its parent domains."""
    name = name_of(url)
    while name:
        if found := names.get(name):
            return found
        _, _, name = name.partition(".")
    return None


def _shop(url: SplitResult) -> str | None:
    host = name_of(url)
    is_film = host.startswith("watch.") or _FILM_IN_SHOP.fullmatch(url.path)
    is_film = is_film and _SHOP.fullmatch(host.removeprefix("watch."))
    return "Prime Video" if is_film else None


def _server_of(url: SplitResult) -> str | None:
    """Return the name of the self-hosted program whose page is at ``url``."""
    if _SHARED.fullmatch(url.path):
        return "Nextcloud"
    if _PAGE_OF_SERVER.fullmatch(url.path) and url.fragment.startswith("!/server/"):
        return "Plex"
    if not (_PAGE_OF_SERVER.fullmatch(url.path) and _ON_PAGE.fullmatch(url.fragment)):
        return None
    return "Emby" if url.fragment.startswith("!/item") else "Jellyfin"
