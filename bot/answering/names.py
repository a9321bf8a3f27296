"""The same name in other spellings and scripts: Putin, Poutine, Путин.

Countries come from the Unicode CLDR (babel) in the languages that we know cues of; other names are
compared by their consonants, which transliteration leaves mostly alone.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache, lru_cache

from babel import Locale

from bot.answering.data import lines
from bot.answering.lexicon import is_no_country
from vectorstore.searchtext import clean, fold, function_words, words

_CYRILLIC_PAIRS = (
    "аa бb вv гg дd еe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щsh "
    "ъ ыi ь эe юiu яia іi їi єe ґg"
)
_CYRILLIC = {pair[0]: pair[1:] for pair in _CYRILLIC_PAIRS.split(" ")}
# Sounds that transliterations write in several ways, longest first.
_SOUNDS = (
    ("sch", "s"), ("tch", "s"), ("tsh", "s"), ("ch", "s"), ("sh", "s"), ("zh", "s"), ("kh", "h"),
    ("ph", "f"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("c", "k"), ("q", "k"), ("z", "s"),
    ("j", ""), ("w", "v"), ("v", "f"), ("h", ""),
)  # fmt: skip
_VOWELS = re.compile(r"[aeiouy.]")
_NAME = re.compile(r"[^\W\d_]\w*")
_COUNTRY_LANGUAGES = ("en", "fr", "es", "de", "it", "pt", "ru", "uk", "nl", "pl")
# What people say for a country without naming it as CLDR does; the longer ones also inflected.
_NICKNAMES = {
    "US": "us usa u.s. american americain amerikan estadounidens washington eeuu ee.uu сша",
    "RU": "moscow moscou moskau moscu mosca kremlin kreml russ русск росси москв",
    "UA": "kyiv kiev kiew ukrain ucrain ucran украин",
    "GB": "uk u.k. british britain britisch britanni england london",
    "EU": "eu ue europe european europeen europaisch europa европ",
    "CN": "beijing peking pekin chinese chines китай китая",
    "NATO": "nato otan нато",
    "UN": "un onu uno оон",
    "DE": "germans german berlin",
    "FR": "french francais franzosisch frances",
    "ES": "spanish spanisch espanol",
    "NL": "dutch",
    "CH": "swiss suisse schweizer",
    "PL": "polish polnisch polonais polaco polacc польш",
    "GR": "greek grec griechisch",
    "TR": "turkish turc turkisch",
    "SA": "saudi saoudi саудовск riyadh riyad riad riade",
}
# The people of a language's country: "Hungarian", "húngaro", "ungherese".
_LANGUAGES = {
    "bg": "BG", "cs": "CZ", "da": "DK", "el": "GR", "et": "EE", "fi": "FI", "hr": "HR", "hu": "HU",
    "id": "ID", "is": "IS", "it": "IT", "ja": "JP", "ko": "KR", "lt": "LT", "lv": "LV", "pl": "PL",
    "ro": "RO", "sk": "SK", "sl": "SI", "sr": "RS", "sv": "SE", "th": "TH", "tr": "TR", "uk": "UA",
    "vi": "VN", "zh": "CN",
}  # fmt: skip
# A capital letter marks a noun there, not a name.
CAPITALISES_NOUNS = frozenset({"de"})
_PREFIX = 5
_LONGEST_ENDING = 4
# Of all letters, vowels too: "Titanic" and "then" have the same consonants in front.
_ALIKE = 0.6
# Letters that one sound is written with at the beginning of a name.
_INITIALS = ("ckqxhg", "szxc", "vwfpb", "jyig", "aeiouy", "jdg", "ts", "td")


def proper_names(text: str) -> list[str]:
    """Capitalised words that don't open the text, function words left out.

    In German these are its nouns too.
    """
    return [word for group in name_groups(text) for word in group]


def name_groups(text: str) -> list[tuple[str, ...]]:
    """The same, with words that stand side by side together: ("Marco", "Rubio")."""
    cleaned = clean(text)
    groups: list[tuple[str, ...]] = []
    end = -1
    for match in _NAME.finditer(cleaned):
        word = match.group()
        opens = not re.search(r"\w", cleaned[: match.start()])
        if not word[:1].isupper() or opens or fold(word) in function_words():
            continue
        if groups and cleaned[end : match.start()] in (" ", "-"):
            groups[-1] += (word,)
        else:
            groups.append((word,))
        end = match.end()
    return groups


def latin_letters(name: str) -> str:
    """A name folded, Cyrillic letters transliterated."""
    return "".join(_CYRILLIC.get(c, c) for c in fold(name))


@cache
def skeleton(name: str) -> str:
    """The consonants of a name as most spellings of it have them; a first vowel is kept.

    >>> skeleton("Poutine") == skeleton("Putin") == skeleton("Путин")
    True
    """
    latin = latin_letters(name)
    for written, sound in _SOUNDS:
        latin = latin.replace(written, sound)
    if not latin:
        return ""
    bones = latin[0] + _VOWELS.sub("", latin[1:])
    return re.sub(r"(.)\1+", r"\1", bones)


def same_name(one: str, other: str) -> bool:
    """Whether two words may be the same name; lenient, endings may differ."""
    if country(one) is not None and country(one) == country(other):
        return True
    if (called := _called(one)) and fold(other) in called:
        return True
    a, b = skeleton(one), skeleton(other)
    if min(len(a), len(b)) < 2:
        return fold(one) == fold(other)
    shared = 3 if min(len(a), len(b)) >= 3 else 2
    if a[:shared] != b[:shared] or abs(len(a) - len(b)) > 3:
        return False
    return _spelled_alike(latin_letters(one), latin_letters(other))


# A pair for each name of a question and each word of an article: they are not all kept.
@lru_cache(maxsize=1 << 14)
def _spelled_alike(one: str, other: str) -> bool:
    first = {one[0], other[0]}
    if len(first) > 1 and not any(first <= set(letters) for letters in _INITIALS):
        return False
    # The shorter may lack an ending: "Poutine", "Putins".
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def mentions(name: str, among: Iterable[str]) -> bool:
    """Whether one of the words may be the name, glued to another word or not."""
    folded = fold(name)
    return any(
        same_name(name, word) or (len(folded) > 3 and folded in fold(word)) for word in among
    )


@cache
def country(word: str) -> str | None:
    """The country (ISO 3166) or alliance that a word stands for, inflected or as an adjective."""
    folded = fold(word)
    if is_no_country(folded):
        return None
    known = _countries()
    if code := known.get(folded):
        return code
    shortest = max(_PREFIX, len(folded) - _LONGEST_ENDING)
    return next(
        (
            known[folded[:n]]
            for n in range(len(folded) - 1, shortest - 1, -1)
            if folded[:n] in known
        ),
        None,
    )


def countries_in(text: str) -> set[str]:
    """Every country that a text names; names of several words in any of our languages too."""
    folded = " ".join(words(text))
    by_word = {code for word in folded.split() if (code := country(word))}
    padded = f" {folded} "
    return by_word | {code for name, code in long_country_names().items() if f" {name} " in padded}


# A name is compared with each word of an article.
@lru_cache(maxsize=1 << 14)
def _called(name: str) -> tuple[str, ...]:
    return exonyms().get(fold(name), ())


@cache
def exonyms() -> dict[str, tuple[str, ...]]:
    """What languages call the same place or body, by each folded form, of several words or one."""
    groups = [tuple(form.strip() for form in line.split(",")) for line in lines("exonyms.txt")]
    return {form: group for group in groups for form in group}


@cache
def long_country_names() -> dict[str, str]:
    """Country codes by folded names of several words: "south africa"."""
    return {
        folded: code
        for language in _COUNTRY_LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and " " in (folded := " ".join(words(str(name))))
    }


@cache
def _countries() -> dict[str, str]:
    """Country codes by folded name, and by the name without its ending where that is clear."""
    codes: dict[str, set[str]] = {}
    for language in _COUNTRY_LANGUAGES:
        for code, name in Locale(language).territories.items():
            folded = fold(str(name))
            # One-word names only: "South Sudan" is not "South".
            if len(code) == 2 and code.isalpha() and folded.isalpha():
                _add_stem(codes, folded, code)
        for tongue, code in _LANGUAGES.items():
            if (folded := fold(Locale(language).languages[tongue])).isalpha():
                _add_stem(codes, folded, code)
    table = {name: found.pop() for name, found in codes.items() if len(found) == 1}
    for code, nicknames in _NICKNAMES.items():
        table |= dict.fromkeys(nicknames.split(), code)
    return table


def _add_stem(codes: dict[str, set[str]], folded: str, code: str) -> None:
    codes.setdefault(folded, set()).add(code)
    if len(folded) > _PREFIX:
        codes.setdefault(folded[:-1], set()).add(code)
