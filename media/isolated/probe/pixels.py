"""What the pixels of a picture are, also where its decoder makes ordinary ones of them."""

from av.video.codeccontext import VideoCodecContext

from .tracks import codec

# Sequence parameter sets of these profiles say which colours there are (ITU-T H.264 7.3.2.1.1).
_WITH_COLOURS = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_SPS, _START = 7, b"\0\0\1"
# ISO 14496-15 section 5.3.3.1: before the first set of an MP4 there are six bytes, and its length.
_AVCC_HEAD_BYTES = 8
_OF_EIGHT_BITS = ("yuv420p", "yuvj420p")


def pixel_format(context: VideoCodecContext) -> str | None:
    """Return how ffmpeg calls the pixels, with what it does not say of H.264.

    Of a film that is coded without loss or without colours it shows ordinary pixels, but decoders
    of devices take neither.
    """
    name = context.pix_fmt
    if not name or codec(context) != "h264" or name not in _OF_EIGHT_BITS:
        return name[:32] if name else None
    # Only without loss are pixels of four colour samples to sixteen in this profile.
    if "4:4:4" in (context.profile or ""):
        return f"lossless {name}"
    return "gray" if _is_grey(bytes(context.extradata or b"")) else name


def _is_grey(head: bytes) -> bool:
    """Tell whether the first set of parameters in ``head`` says that there are no colours."""
    at = _AVCC_HEAD_BYTES if head[:1] == b"\1" else head.find(_START) + len(_START)
    begin = head[at : at + 12]
    if len(begin) < 12 or begin[0] & 0x1F != _SPS or begin[1] not in _WITH_COLOURS:
        return False
    bits = "".join(f"{byte:08b}" for byte in begin[4:])
    _number, rest = _unsigned(bits)
    colours, _ = _unsigned(rest)
    return colours == 0


def _unsigned(bits: str) -> tuple[int, str]:
    """Return the number that ``bits`` begin with, as of 9.1, and what follows."""
    zeros = len(bits) - len(bits.lstrip("0"))
    end = 2 * zeros + 1
    return int(bits[zeros:end] or "0", 2) - 1, bits[end:]
