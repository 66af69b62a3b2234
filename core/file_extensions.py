"""The extensions of video files. The kind of a file is told by its bytes, never by its name."""

# Files and streams that can be played from a link.
LINK_EXTENSIONS = frozenset({"mp4", "m4v", "mov", "qt", "3gp", "3g2", "webm", "mkv", "m3u8"})
# Files of other kinds, which the library converts after an upload.
CONVERTED_EXTENSIONS = frozenset(
    {"ts", "m2t", "m2ts", "mts", "avi", "divx", "mpg", "mpeg", "m2p", "vob", "wmv", "asf", "flv"}
)
EXTENSIONS = LINK_EXTENSIONS | CONVERTED_EXTENSIONS
