"""How people number seasons, episodes and parts, in one form for all: "s1;e2;". Pure.

Names of files say "S01E02", people type "1x2" or "season 1 episode 2", and titles in other
languages have their own words. All of it works on folded text (``core.folding``).

Every number is ended by ";", so that "e1;" is not found in "e12;", and "e1" is found in both: a
number at the end of a search may still be being typed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# What a title calls them, as folded text has it, and what each kind is called here. The last
# letters are those of Cyrillic, kana, Hangul, Arabic, Hebrew and Devanagari.
_WORDS = {
    "s": "season staffel saison temporada stagione seizoen sezon sasong sesong saeson kausi sezona "
    "serie series сезон しーずん 시즌 الموسم موسم עונה सीजन",
    "e": "episode ep eps folge episodio episodi aflevering afl odcinek odc avsnitt afsnit jakso "
    "bolum epizod dil серия эпизод выпуск えぴそーど 에피소드 الحلقه حلقه פרק एपिसोड",
    "part": "part pt teil partie parte deel del czesc cz osa cast часть ч ぱーと 파트 الجزء חלק "
    "भाग",
    "chapter": "chapter chapitre kapitel capitulo capitolo hoofdstuk rozdzial глава",
    "vol": "volume vol tome tomo том",
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words.split()}
# "第2話" and "2화": the word stands behind the number.
_BEHIND = {
    **dict.fromkeys("話集回화회", "e"),
    **dict.fromkeys("季期기", "s"),
    "部": "part",
    "부": "part",
}
_SPELLED = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten",
        "eins zwei drei vier funf sechs sieben acht neun zehn",
        "un deux trois quatre cinq six sept huit neuf dix",
        "uno dos tres cuatro cinco seis siete ocho nueve diez",
    )
    for number, word in enumerate(words.split(), 1)
}
ROMAN = "x{0,3}(?:ix|iv|v?i{0,3})"
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}

_NAME = "|".join(sorted(map(re.escape, _KIND_OF), key=len, reverse=True))
_GAP = r"[\W_]{0,3}"
# What stands behind the number of "2nd", "2ª" and "2-я", and before its word.
_ORDINAL = r"(?:st|nd|rd|th|a|o|e|eme|[ -]?[ияе])?[\W_]{0,2}"
_FOUND = re.compile(
    # "1x02", and not "1920x1080".
    r"(?<![^\W_])(?P<season>\d{1,2})[x\u00d7](?P<episode>\d{1,4})(?![^\W_])"
    # "s01", and "e02" also behind it.
    r"|(?<![^\W\d_])(?P<letter>[se])(?P<number>\d{1,4})(?!\d)"
    # "Season 1", "Part II", "Chapter One".
    rf"|(?<![^\W_])(?P<word>{_NAME}){_GAP}(?:(?P<digits>\d{{1,4}})(?!\d)"
    rf"|(?P<spelled>{'|'.join(sorted(_SPELLED, key=len, reverse=True))}|(?=[ivx]){ROMAN})"
    r"(?![^\W_]))"
    # "2. Staffel", "2nd season"; in "Film 1 Episode 2" the number belongs to the film.
    rf"|(?<![^\W_])(?P<before>\d{{1,3}}){_ORDINAL}(?P<after>{_NAME})(?![^\W_])"
    rf"(?!{_GAP}\d{{1,4}}(?!\d|{_ORDINAL}(?:{_NAME})(?![^\W_])))"
    rf"|[第제]?(?P<count>\d{{1,4}}) ?(?P<counter>[{''.join(_BEHIND)}])"
)
_ONLY_GAP = re.compile(_GAP)


@dataclass(slots=True)
class _Numbered:
    """What a part of a text says, from ``start`` to ``end``: its kinds, and their numbers."""

    start: int
    end: int
    season: int | None = None
    episodes: list[int] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    # The digits at the end of the part, if they are those of the last form.
    digits: str = ""

    def forms(self) -> list[str]:
        """Return it as it is stored and asked for."""
        season = "" if self.season is None else f"s{self.season};"
        episodes = [f"{season}e{number};" for number in self.episodes]
        return [*(episodes or filter(None, [season])), *self.others]

    def begun(self) -> list[str]:
        """Return it as it is asked for while its last number is typed."""
        *before, last = self.forms()
        if self.digits and not self.digits.strip("0"):
            # On the way to "e01"; a lone "e" would be in nearly all titles.
            last = last.removesuffix("0;") if len(last) > len("e0;") else last.removesuffix(";")
        elif self.digits and self.digits[0] != "0":
            last = last.removesuffix(";")
        return [*before, last]


def forms_in(folded: str) -> list[str]:
    """Return what ``folded`` numbers, each in its one form: "s1;e2;", "part2;"."""
    return [form for found in _numbered(folded) for form in found.forms()]


def in_one_form(folded: str, *, is_typed: bool = False) -> str:
    """Return ``folded`` with all that it numbers in the one form.

    While it ``is_typed``, its last number may be the beginning of one.
    """
    kept, at = [], 0
    for found in _numbered(folded):
        is_last = is_typed and found.end == len(folded)
        kept += [folded[at : found.start], *(found.begun() if is_last else found.forms())]
        at = found.end
    return " ".join((*kept, folded[at:])) if kept else folded


def _numbered(folded: str) -> Iterator[_Numbered]:
    """Give what ``folded`` numbers; a season and its episodes, which stand beside it, as one."""
    last: _Numbered | None = None
    for match in _FOUND.finditer(folded):
        found = _read(match)
        if last and _ONLY_GAP.fullmatch(folded, last.end, found.start) and _belong(last, found):
            last.end = found.end
            last.season = found.season if last.season is None else last.season
            last.episodes += found.episodes
            # The form ends with the episode.
            last.digits = found.digits if found.episodes else ""
            continue
        if last:
            yield last
        last = found
    if last:
        yield last


def _belong(first: _Numbered, then: _Numbered) -> bool:
    """Tell whether one is a season and the other its episode, or both are episodes of one."""
    if first.others or then.others:
        return False
    if first.season is None:
        return bool(first.episodes) and then.season is not None and not then.episodes
    return bool(then.episodes) and then.season is None


def _read(match: re.Match[str]) -> _Numbered:
    found = _Numbered(*match.span())
    if match["season"]:
        found.season, found.episodes = int(match["season"]), [int(match["episode"])]
        found.digits = match["episode"]
        return found
    word = match["word"] or match["after"]
    kind = match["letter"] or _KIND_OF.get(word or "") or _BEHIND[match["counter"]]
    digits = match["number"] or match["digits"] or match["before"] or match["count"]
    number = int(digits) if digits else _SPELLED.get(match["spelled"]) or value(match["spelled"])
    found.digits = match["number"] or match["digits"] or ""
    if kind == "s":
        found.season = number
    elif kind == "e":
        found.episodes = [number]
    else:
        found.others = [f"{kind}{number};"]
    return found


def value(roman: str) -> int:
    """Return the value of a Roman number in small letters."""
    values = [_ROMAN_VALUES[letter] for letter in roman]
    following = [*values[1:], 0]
    pairs = zip(values, following, strict=True)
    return sum(-one if one < after else one for one, after in pairs)


def roman(number: int) -> str:
    """Return a number from 1 to 39 in small Roman letters."""
    tens, ones = divmod(number, 10)
    return "x" * tens + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[ones]
