"""How the names of video files end. What is in a file is told from its bytes all the same."""

# Files and streams that are played where they are.
LINK_ENDINGS = frozenset({"mp4", "m4v", "mov", "qt", "3gp", "3g2", "webm", "mkv", "m3u8"})
# Files of other kinds that the library makes ones that play, once they are here.
MADE_ENDINGS = frozenset({"ts", "m2t", "m2ts", "mts", "avi", "divx"})
