"""The picture of a video that has none: always the same for the same video. Pure."""

from hashlib import sha256
from uuid import UUID


def placeholder(video_id: UUID) -> bytes:
    """Return an SVG whose colours and shape follow from the video's id."""
    digest = sha256(video_id.bytes).digest()
    hue = int.from_bytes(digest[:2]) % 360
    turn = digest[2] * 360 // 256
    x, y = 40 + digest[3] * 240 // 256, 20 + digest[4] * 140 // 256
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" '
        'preserveAspectRatio="xMidYMid slice">'
        f'<defs><linearGradient id="g" gradientTransform="rotate({turn} .5 .5)">'
        f'<stop stop-color="hsl({hue} 35% 30%)"/>'
        f'<stop offset="1" stop-color="hsl({(hue + 50) % 360} 40% 18%)"/>'
        "</linearGradient></defs>"
        '<rect width="320" height="180" fill="url(#g)"/>'
        f'<circle cx="{x}" cy="{y}" r="{60 + digest[5] // 4}" fill="#fff" opacity=".06"/>'
        '<path d="M146 68v44l36-22z" fill="#fff" opacity=".7"/></svg>'
    ).encode()
