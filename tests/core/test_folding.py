"""Titles as they are searched and sorted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.folding import WORDS_MAX, fold, searched, sort_key, words

TITLES = [
    "İstanbul'da Bir Gece",
    "ISTANBUL",
    "Işık",
    "Amélie",
    "Le cœur a ses raisons",
    "Łódź",
    "Ёлки",
    "O’Brother",
    "Ｆｕｌｌｗｉｄｔｈ",
    "ｶﾞﾝﾀﾞﾑ",
    "The Matrix 1999",
    "Straße der Ælfe",
    "ΣΊΣΥΦΟΣ",
    "كِتَاب",
    "שָׁלוֹם",
    "Việt Nam Tiếng",
    "ﬁnal ﬂight",
    "Smørrebrød",
    "०१२ फ़िल्म",
    "Spider–Man",
    "Soft\u00adhyphen\u200b",
    "となりのトトロ",
    "Кəлə Məhəbbət",
    "شهر زیبا",
    "مدينة",
    '50% Off_Grid * "One"',
    "WALL·E",
    "צ׳ק",
    "צה״ל",
    "L Avventura",
    "Mission Impossible",
    "My Film",
    "№ 5",
    "S.W.A.T.",
    "خانۀ دوست",
    "Ґанок",
    "Episode 1.5",
    "X-Men",
    "Yu-Gi-Oh!",
    "Catch-22",
    "AC/DC: Let There Be Rock",
    "Face/Off",
    "9½ Weeks",
    "Tom & Jerry",
    "R&B",
    "पड़ोसन",
    "Ⴕართული",
    "4-3-2-1",
    "アニメ 第二十一話",
    "第１０話",
    "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "Rocky II",
    "Müller",
    "हिन्दी",
    "น้ำ",
    "M*A*S*H",
    "か\u3099んは\u309aち",
]


def found(typed: str) -> list[str]:
    return [title for title in TITLES if all(word in searched(title, 360) for word in words(typed))]


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("istanbul", ["İstanbul'da Bir Gece", "ISTANBUL"]),
        ("rocky 2", ["Rocky II"]),
        ("rocky ii", ["Rocky II"]),
        ("mueller", ["Müller"]),
        ("muller", ["Müller"]),
        ("Mu\u0308ller", ["Müller"]),
        ("हिंदी", ["हिन्दी"]),
        ("\u0e19\u0e4d\u0e49\u0e32", ["น้ำ"]),
        ("mash", ["M*A*S*H"]),
        ("İSTANBUL", ["İstanbul'da Bir Gece", "ISTANBUL"]),
        ("ıstanbul", ["İstanbul'da Bir Gece", "ISTANBUL"]),
        ("ışık", ["Işık"]),
        ("isik", ["Işık"]),
        ("amelie", ["Amélie"]),
        ("Ame\u0301lie", ["Amélie"]),
        ("coeur", ["Le cœur a ses raisons"]),
        ("lodz", ["Łódź"]),
        ("елки", ["Ёлки"]),
        ("o'brother", ["O’Brother"]),
        ("obrother", ["O’Brother"]),
        ("OʼBROTHER", ["O’Brother"]),
        ("fullwidth", ["Ｆｕｌｌｗｉｄｔｈ"]),
        ("ガンダム", ["ｶﾞﾝﾀﾞﾑ"]),
        ("カンタム", []),
        ("matrix the", ["The Matrix 1999"]),
        ("  matrix ", ["The Matrix 1999"]),
        ("１９９９", ["The Matrix 1999"]),
        ("strasse aelfe", ["Straße der Ælfe"]),
        ("σισυφος", ["ΣΊΣΥΦΟΣ"]),
        ("كتاب", ["كِتَاب"]),
        ("שלום", ["שָׁלוֹם"]),
        ("viet tieng", ["Việt Nam Tiếng"]),
        ("flight final", ["ﬁnal ﬂight"]),
        ("smorrebrod", ["Smørrebrød"]),
        ("012", ["०१२ फ़िल्म"]),
        ("spider-man", ["Spider–Man"]),
        ("softhyphen", ["Soft\u00adhyphen\u200b"]),
        ("トナリの とトロ", ["となりのトトロ"]),
        ("mehebbet", ["Кəлə Məhəbbət"]),
        ("زيبا", ["شهر زیبا"]),
        ("مدینه", ["مدينة"]),
        ("50%", ['50% Off_Grid * "One"']),
        ("_", ['50% Off_Grid * "One"']),
        ("*", ['50% Off_Grid * "One"', "M*A*S*H"]),
        ("“one”", ['50% Off_Grid * "One"']),
        ("matrix amelie", []),
        ("wall-e", ["WALL·E"]),
        ("wall•e", ["WALL·E"]),
        ("wall・e", ["WALL·E"]),
        ("צ'ק", ["צ׳ק"]),
        ("צק", ["צ׳ק"]),
        ('צה"ל', ["צה״ל"]),
        ("צהל", ["צה״ל"]),
        ("l'avventura", ["L Avventura"]),
        ("l´avventura", ["L Avventura"]),
        ("matrix,", ["The Matrix 1999"]),
        ("matrix:", ["The Matrix 1999"]),
        ("matrix!", ["The Matrix 1999"]),
        ("matrix！", ["The Matrix 1999"]),
        ("“matrix”", ["The Matrix 1999"]),
        ("mission: impossible", ["Mission Impossible"]),
        ("my_film", ["My Film"]),
        ("no. 5", ["№ 5"]),
        ("swat", ["S.W.A.T."]),
        ("s.w.a.t", ["S.W.A.T."]),
        ("خانه", ["خانۀ دوست"]),
        ("خانه‌ی", []),
        ("ганок", ["Ґанок"]),
        ("1.5", ["Episode 1.5"]),
        ("15", []),
        ("spiderman", ["Spider–Man"]),
        ("walle", ["WALL·E"]),
        ("xmen", ["X-Men"]),
        ("x men", ["X-Men"]),
        ("yugioh", ["Yu-Gi-Oh!"]),
        ("yu-gi-oh", ["Yu-Gi-Oh!"]),
        ("catch22", ["Catch-22"]),
        ("catch 22", ["Catch-22"]),
        ("acdc", ["AC/DC: Let There Be Rock"]),
        ("ac/dc", ["AC/DC: Let There Be Rock"]),
        ("faceoff", ["Face/Off"]),
        ("9 1/2 weeks", ["9½ Weeks"]),
        ("9½", ["9½ Weeks"]),
        ("tom&jerry", ["Tom & Jerry"]),
        ("tom and jerry", ["Tom & Jerry"]),
        ("tom und jerry", ["Tom & Jerry"]),
        ("r&b", ["R&B"]),
        ("फिल्म", ["०१२ फ़िल्म"]),
        ("पडोसन", ["पड़ोसन"]),
        ("ქართული", ["Ⴕართული"]),
        ("4321", []),
        ("第21話", ["アニメ 第二十一話"]),
        ("第二十一話", ["アニメ 第二十一話"]),
        ("二十一話", ["アニメ 第二十一話"]),
        ("第十話", ["第１０話"]),
        ("한글", ["\u1112\u1161\u11ab\u1100\u1173\u11af"]),
        ("がんぱち", ["か\u3099んは\u309aち"]),
    ],
)
def test_what_is_typed_finds_what_a_reader_takes_for_the_same(
    typed: str, titles: list[str]
) -> None:
    assert found(typed) == titles


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("L.A.Confidential.1997.1080p", ["L.A. Confidential", "la conf", "l.a.c", "l.a.conf"]),
        (
            "S.W.A.T.2017.S01E01",
            ["S.W.A.T.", "swat", "s.w.a.t.2017", "S.W.A.T. S01E01", "2017.s01"],
        ),
        ("S.W.A.T_2017", ["S.W.A.T.", "swat 2017"]),
        ("M.A.S.H.S01E02", ["M.A.S.H", "M.A.S.H.", "m.a.s.h.s", "mash"]),
        ("E.T.the.Extra-Terrestrial.1982", ["E.T.", "E.T. the Extra-Terrestrial", "et extra"]),
        ("Agents.of.S.H.I.E.L.D.S01E01", ["S.H.I.E.L.D.", "agents of shield", "of.s.h.i"]),
        ("G.I.Joe", ["G.I. Joe", "G.I.Joe", "gi joe"]),
        ("A.I.Artificial.Intelligence.2001", ["A.I. Artificial", "A.I.", "ai 2001"]),
        ("K.G.F.Chapter.1", ["K.G.F. Chapter 1", "kgf"]),
        ("J.R.R.Tolkien", ["J.R.R. Tolkien", "jrr", "r.tolkien"]),
        ("R.I.P.D.2.Rise.of.the.Damned", ["RIPD 2", "R.I.P.D. 2", "r.i.p.d.2"]),
        ("P.S.I.Love.You", ["P.S. I Love You", "ps i love you"]),
        ("Л.Н.Толстой", ["Л.Н. Толстой", "л.н.толстой"]),
        ("Film.H.264.1080p", ["h.264", "film.h", "H 264"]),
        ("Malcolm.X.1992", ["malcolm x", "malcolm.x"]),
    ],
)
def test_initials_in_the_names_of_files_are_found_with_points_and_without(
    title: str, typed: list[str]
) -> None:
    for text in typed:
        assert all(word in searched(title, 360) for word in words(text)), text


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Rocky II", ["rocky i", "rocky ii", "rocky 2"]),
        ("Henry VI", ["henry v", "henry vi", "henry 6"]),
        ("Star Wars Episode V The Empire", ["episode v", "episode 5"]),
        ("Rocky.V.1990.1080p", ["rocky v", "rocky 5", "rocky.v"]),
        ("World War II in Colour", ["world war 2", "world war ii"]),
        ("Malcolm X", ["malcolm x"]),
        ("V for Vendetta", ["v", "v for vendetta"]),
        ("C'mon C'mon", ["cmon", "c'mon c'mon"]),
        ("Civic", ["civic", "civ"]),
        ("Mix", ["mix"]),
    ],
)
def test_a_film_is_found_by_its_roman_number_and_by_the_same_in_digits(
    title: str, typed: list[str]
) -> None:
    for text in typed:
        assert all(word in searched(title, 360) for word in words(text)), text


_SECOND_OF_FIRST = [
    "s1e2",
    "S01E02",
    "s01 e02",
    "s1.e2",
    "S01 - E02",
    "s1 ep 2",
    "1x2",
    "1x02",
    "01×02",
    "season 1 episode 2",
    "Season 01, Ep. 02",
    "Staffel 1 Folge 2",
    "1. Staffel, 2. Folge",
    "Folge 2 Staffel 1",
    "saison 1 épisode 2",
    "temporada 1 episodio 2",
    "1ª temporada episodio 2",
    "1 сезон 2 серия",
    "сезон 1 серия 2",
    "2-я серия 1-й сезон",
    "season one episode two",
    "シーズン1 第2話",
    "第一季 第二集",
    "시즌 1 2화",
]


@pytest.mark.parametrize(
    ("title", "typed", "others"),
    [
        ("The.Wire.S01E02.1080p", [*_SECOND_OF_FIRST, "wire s1", "wire ep 2"], ["s2", "1x3"]),
        ("the wire 1x02", _SECOND_OF_FIRST, ["s1e20", "s1e1", "s2e1", "s10e2"]),
        ("The Wire Season 1 Episode 2", _SECOND_OF_FIRST, ["season 2", "episode 1", "episode 12"]),
        ("Die Brücke – Staffel 1, Folge 2", _SECOND_OF_FIRST, ["season 2"]),
        ("Мост 1 сезон 2 серия", _SECOND_OF_FIRST, ["2 сезон"]),
        ("Show S1E2E3", [*_SECOND_OF_FIRST, "s1e3", "episode 3"], ["s1e4"]),
        ("Film 1 Episode 2", ["ep 2", "folge 2", "e02"], ["ep 1"]),
        ("Naruto Episode 132", ["ep 132", "e132", "第132話", "132화"], ["ep 32"]),
        ("Dune: Part Two", ["part 2", "pt. 2", "pt2", "teil 2", "Teil zwei", "part ii"], ["pt 1"]),
        ("Kill Bill Vol. 2", ["volume 2", "vol 2", "Vol. II", "tome 2"], ["vol 1"]),
        ("John Wick Kapitel 2", ["chapter 2", "chapter two", "chapitre 2"], ["chapter 3"]),
        ("Der Pate Teil II", ["part 2", "teil 2", "2. Teil", "der pate 2"], ["part 1"]),
        ("Harry Potter 7 Part 2", ["potter part 2", "potter 7", "potter 07"], ["part 1"]),
        ("Rocky 2", ["rocky ii", "rocky 02", "rocky 2"], ["rocky iii"]),
        ("Rocky 02", ["rocky 2"], []),
        ("8½", ["8 1/2", "8½", "8"], ["9½"]),
        ("8 1/2", ["8½"], []),
        ("Tom.and.Jerry", ["tom & jerry", "tom&jerry"], []),
        ("Film.1920x1080", ["1920x1080"], ["20x1080p", "s20e1080"]),
        ("2x4", ["2x4"], []),
        ("Episode 1.5", ["episode 1.5", "1.5"], ["episode 2"]),
        ("Dune Part 12", ["part 1", "part 12", "dune pt 1", "teil 1"], ["part 1 dune", "part 2"]),
        ("Show S01E12", ["s1e1", "1x1", "s1 e1", "ep 1", "s1e12"], ["s1e2", "s1e1 show", "ep 2"]),
        ("Show S12E01", ["s1", "season 1", "season 12"], ["season 1 episode 1", "season 2"]),
        ("Show S01E02", ["s01e0", "1x0", "s0", "e0"], ["s2e0", "s1e02 e0 x"]),
        ("Show Episode 132", ["ep 1", "ep 13", "ep 132"], ["ep 2", "ep 01"]),
        ("Lo mejor del 2019", ["lo mejor del 2019", "mejor del 20"], []),
    ],
)
def test_what_is_numbered_is_found_however_it_is_written(
    title: str, typed: list[str], others: list[str]
) -> None:
    column = searched(title, 360)
    assert [text for text in typed if not all(word in column for word in words(text))] == []
    assert [text for text in others if all(word in column for word in words(text))] == []


@pytest.mark.parametrize("typed", ["a&b", "A & B", "a &b", "a& b", "a and b", "b & a"])
@pytest.mark.parametrize("title", ["A&B", "A & B", "A and B", "The A & B of C", "A.and.B"])
def test_and_is_the_same_in_letters_and_as_a_sign_with_spaces_or_without(
    title: str, typed: str
) -> None:
    assert all(word in searched(title, 360) for word in words(typed))


def test_a_sign_between_two_letters_asks_for_these_two() -> None:
    column = searched("R & B, Tom & Jerry", 360)
    assert all(word in column for typed in ("r&", "r&b", "tom&", "om&jer") for word in words(typed))
    assert not any(word in column for typed in ("b&r", "r&j") for word in words(typed))


@pytest.mark.parametrize(
    "titles",
    [
        ["Episode 1", "Episode 2", "Episode 10"],
        ["ab", "Ästhetik", "ÉCOLE", "Łódź", "zebra"],
        ["Film", "Film 2", "Film 02b", "Film 9", "film 010", "Film 1000000000000"],
        ["2 Fast", "12 Monkeys", "101 Dalmatians", "Alien"],
        ["S1E2", "S01E10", "S2E1", "S10E1"],
        ["第一話", "第２話", "第三話", "第九回", "第十話", "第11話", "第二十話", "第一〇八話"],
        ["Rocky", "Rocky II", "Rocky III", "Rocky IV", "Rocky V", "Rocky VI"],
        ["Rocky I", "Rocky 2", "Rocky Ⅲ", "Rocky IX", "Rocky 10"],
        ["Star Wars: Episode I", "Star Wars: Episode V: B", "Star Wars: Episode IX - A"],
        ["Film.IX.1982", "Film.X - B", "Film.XIX.1985", "Film.XL"],
        ["I, Robot", "Vi är bäst", "Xi"],
        ["Rocky.II.1979.1080p", "Rocky.IV.1985", "Rocky.V.1990", "Rocky.VI.2006", "Rocky.IX.2030"],
        ["Rocky IV (1985)", "Rocky V [1990]", "Rocky VI - Balboa", "Rocky IX: The End"],
        ["Episode IV A New Hope", "Episode V The Empire", "Episode VI Return"],
        ["World War I in Colour", "World War II in Colour"],
        ["Det alla vet", "Det var en gång", "Det vi sade"],
        ["The A-Team", "The Apartment", "The X-Files", "The Zoo"],
        ["Civic", "C'mon C'mon", "DC", "Liv", "Mad Max", "Malcolm X", "Mix", "V for Vendetta", "X"],
        ["The Abyss", "The I-Land", "The V-Word", "The X-Files", "The X-Files 2"],
        ["Här är den", "Här är vi alla"],
        ["Rocky IV 1985", "Rocky V 1990", "Rocky VI 2006", "Rocky VII 2030"],
        ["जंगल", "न्यूटन", "फिल्म"],
        ["Episode 9.5", "Episode 10", "Episode 10.5", "Episode 11"],
        ["2019-01-02", "2019-01-10", "2019-02-01"],
        ["¡Átame!", '"Beta"', "…Corn", "¿Quién?", "Zorro"],
    ],
)
def test_titles_are_sorted_as_people_sort(titles: list[str]) -> None:
    backwards = titles[::-1]
    assert sorted(backwards, key=lambda title: sort_key(fold(title), 240)) == titles


@given(st.text(max_size=40))
def test_what_is_folded_stays_as_it_is_when_folded_again(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_no_search_asks_for_words_without_end() -> None:
    assert len(words(" ".join(map(str, range(10_000, 10_200))))) == WORDS_MAX
    assert words("the matrix mat the") == ["matrix", "the"]
    assert words(" \u200b ") == []
