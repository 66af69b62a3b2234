"""Why a file gives no subtitles."""


class Problem(Exception):
    """Why the file gives no subtitles, in words that follow "file"."""
