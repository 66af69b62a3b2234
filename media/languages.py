"""Languages as files name them, as the web does. Pure."""

# ISO 639-2 has two codes for these; BCP 47 (RFC 5646) knows only the second.
_OLD = {
    "alb": "sqi",
    "arm": "hye",
    "baq": "eus",
    "bur": "mya",
    "chi": "zho",
    "cze": "ces",
    "dut": "nld",
    "fre": "fra",
    "geo": "kat",
    "ger": "deu",
    "gre": "ell",
    "ice": "isl",
    "mac": "mkd",
    "mao": "mri",
    "may": "msa",
    "per": "fas",
    "rum": "ron",
    "slo": "slk",
    "tib": "bod",
    "wel": "cym",
}
_NONE = {"", "und", "mis", "mul", "zxx", "unk"}


def language_tag(code: str) -> str:
    """Return the tag of what a file calls a language; empty where it names none."""
    code = code.strip().lower()
    if code in _NONE or not code.isascii() or not code.replace("-", "").isalnum():
        return ""
    return _OLD.get(code, code)
