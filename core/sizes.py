"""Sizes as readable text."""

from core.errors import TooLarge


def readable(size_bytes: float) -> str:
    """Return a size as text: 3.2 GB."""
    if size_bytes == 1:
        return "1 byte"
    for unit in ("bytes", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "bytes" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"


def too_large(limit_bytes: int) -> TooLarge:
    """Return the error for a file of more than ``limit_bytes``."""
    return TooLarge(f"The file is larger than the limit of {readable(limit_bytes)}.")
