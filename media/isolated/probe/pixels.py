"""The pixel format in which a picture is coded, which its decoder may hide."""

from av.video.codeccontext import VideoCodecContext

from .tracks import codec

# Sequence parameter sets of these profiles have a chroma format (ITU-T H.264 7.3.2.1.1).
_WITH_COLOURS = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_SPS, _START = 7, b"\0\0\1"
# ISO 14496-15 section 5.3.3.1: six bytes and a length come before the first parameter set.
_AVCC_HEAD_BYTES = 8
_OF_EIGHT_BITS = ("yuv420p", "yuvj420p")


def pixel_format(context: VideoCodecContext) -> str | None:
    """Return ffmpeg's name of the pixel format, corrected for H.264.

    For lossless and for monochrome video ffmpeg reports an ordinary format, but hardware decoders
    play neither.
    """
    name = context.pix_fmt
    if not name or codec(context) != "h264" or name not in _OF_EIGHT_BITS:
        return name[:32] if name else None
    # In this profile only lossless video has 4:2:0 pixels.
    if "4:4:4" in (context.profile or ""):
        return f"lossless {name}"
    return "gray" if _is_grey(bytes(context.extradata or b"")) else name


def _is_grey(head: bytes) -> bool:
    """Tell whether the first sequence parameter set in ``head`` says that there is no colour."""
    at = _AVCC_HEAD_BYTES if head[:1] == b"\1" else head.find(_START) + len(_START)
    begin = head[at : at + 12]
    if len(begin) < 12 or begin[0] & 0x1F != _SPS or begin[1] not in _WITH_COLOURS:
        return False
    bits = "".join(f"{byte:08b}" for byte in begin[4:])
    _number, rest = _unsigned(bits)
    colours, _ = _unsigned(rest)
    return colours == 0


def _unsigned(bits: str) -> tuple[int, str]:
    """Return the ue(v) number (section 9.1) at the start of ``bits``, and the rest."""
    zeros = len(bits) - len(bits.lstrip("0"))
    end = 2 * zeros + 1
    return int(bits[zeros:end] or "0", 2) - 1, bits[end:]
