"""Where nginx 1.22, sending the same file, answers otherwise than we do, and why both may."""

from tests.library.serve.vectors import Told

_REFUSED = Told(416)
_ALL = Told(200)

# Why, then the vectors it is seen in with what nginx answers. Sections are RFC 9110's.
_SEEN: dict[str, dict[str, Told]] = {
    "A Range that is malformed is an error to nginx; section 14.2 lets a server ignore it, as "
    "we do: the film plays from its beginning instead of not at all.": dict.fromkeys(
        [
            "ignored: backwards",
            "ignored: no digits",
            "ignored: only commas",
            "ignored: letters",
            "ignored: negative",
            "ignored: plus sign",
            "ignored: hexadecimal",
            "ignored: three numbers",
            "ignored: one bad among good",
            "ignored: decimal",
            "ignored: unit twice",
            "ignored: semicolons",
            "ignored: a good one and nothing",
            "If-Range that holds, a Range to be ignored",
        ],
        _REFUSED,
    ),
    "A number beyond 64 bits is an error to nginx; ours are as long as they come.": {
        "clamped, beyond 64 bits": _REFUSED,
        "ignored: header too long": _REFUSED,
    },
    "Section 5.6.1.2 has recipients accept empty elements and tabs in a list; nginx does not.": {
        "empty list elements": _REFUSED,
        "tabs between elements": _REFUSED,
    },
    "nginx accepts spaces inside a range, which section 14.1.2 has none of.": {
        "ignored: space after equals": Told(206, ((0, 4),)),
        "ignored: space inside": Told(206, ((0, 4),)),
    },
    "nginx drops a backwards range from a list; to us it makes the whole list malformed.": {
        "ignored: one backwards among good": Told(206, ((0, 4),)),
    },
    "nginx ignores ranges of an empty file; by section 14.1.2 they are unsatisfiable, all but "
    "a suffix.": dict.fromkeys(
        [
            "empty file, first byte",
            "empty file, open",
            "empty file, suffix of nothing",
            "empty file, several",
        ],
        _ALL,
    ),
    "nginx sends ranges that overlap or touch as they were asked; section 15.3.7.2 lets a "
    "server coalesce them, as we do, so that nothing is sent twice.": {
        "overlapping ranges become one": Told(206, ((0, 99), (50, 149))),
        "touching ranges become one": Told(206, ((0, 99), (100, 149))),
        "a small gap is filled": Told(206, ((0, 9), (89, 99))),
        "a range that joins two others": Told(206, ((0, 99), (400, 499), (50, 450))),
        "only the overlapping ones join": Told(206, ((300, 399), (800, 809), (350, 449))),
        "the same range twice": Told(206, ((5, 9), (5, 9))),
        "suffix and open range meet": Told(206, ((900, 999), (850, 999))),
    },
    "nginx sends the whole file where several ranges are more than it.": {
        "a suffix longer than the file swallows the others": _ALL,
    },
    "nginx has no bound on how many ranges; section 14.2 lets us ignore more than 16.": {
        "ignored: too many ranges": Told(206, tuple((n * 100, n * 100) for n in range(17))),
        "ignored: seventeen ranges that are one": Told(206, ((0, 1),) * 17),
    },
    "nginx gives ranges to HEAD; by section 14.2 only GET has them.": {
        "HEAD ignores Range": Told(206),
        "HEAD ignores a Range beyond the end": _REFUSED,
        "HEAD ignores Range with If-Range": Told(206),
    },
    "nginx compares If-Modified-Since for equality (if_modified_since exact).": {
        "If-Modified-Since: later": _ALL,
    },
    "nginx reads dates that are none; section 13.1.3 has them ignored.": {
        "If-Modified-Since: two dates": Told(304),
        "If-Modified-Since: other zone": Told(304),
        "If-Unmodified-Since: nonsense": Told(412),
    },
    "nginx looks at the date beside the tag; by section 13.2.2 the tag decides alone.": {
        "If-Match wins over If-Unmodified-Since": Told(412),
        "If-None-Match wins, even where it holds and the date fails": _ALL,
    },
}

DIFFERENCES: dict[str, Told] = {
    name: told for seen in _SEEN.values() for name, told in seen.items()
}
