"""The error for a file that cannot be read as subtitles."""


class Problem(Exception):
    """The file cannot be used. The text continues a sentence that starts with "This file"."""
