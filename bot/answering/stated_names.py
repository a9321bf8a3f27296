"""The names that a text states, and whether another text has them, in any spelling.

Stricter than retrieval's ``same_name``, which may take one name for another: here a name that
isn't the same must not pass. A capitalised word counts as a name unless its language's table
says otherwise; in German, which capitalises nouns, unless it ends like a common noun.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from bot.answering.asked import calendar_words
from bot.answering.check_cues import check_cues
from bot.answering.data import lines
from bot.answering.names import (
    countries_in,
    country,
    exonyms,
    latin_letters,
    long_country_names,
    skeleton,
)
from bot.answering.stated_numbers import stated_numbers
from vectorstore.searchtext import clean, fold, function_words

_TOKEN = re.compile(r"[^\W_]+")
_ACRONYM = re.compile(r"\b(?:[A-Z]\.){2,}")
_OPENS = re.compile(r"(?:^|[.!?:;…]\s*|[“„«\"‘(\[–—-]\s*|\n)[“„«\"‘¿¡(\[–—-]*\s*$")
_STEM = 5
# Of two spellings of one name: Poutine and Putin .83, Lawrow and Lavrov .67, Merkel and Marco .36.
_ALIKE = 0.6
_LONGEST_PHRASE = 5


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text."""

    text: str
    folded: str
    opens: bool
    """It begins a sentence or a quotation, where any word has a capital letter."""

    @property
    def capitalised(self) -> bool:
        return self.text[:1].isupper()


def tokens(text: str) -> list[Token]:
    """The words of a text; "U.S." is one."""
    cleaned = _ACRONYM.sub(lambda m: m.group().replace(".", ""), clean(text))
    return [
        Token(
            m.group(),
            fold(m.group()),
            _OPENS.search(cleaned, max(0, m.start() - 6), m.start()) is not None,
        )
        for m in _TOKEN.finditer(cleaned)
    ]


def unsupported_names(text: str, language: str, source: str) -> list[str]:
    """The names of a text that the source doesn't have."""
    mine, theirs = tokens(text), tokens(source)
    missing, rest = _phrases(mine, theirs, source)
    countries = countries_in(source)
    folded = {token.folded for token in theirs}
    stems = {word[:_STEM] for word in folded if len(word) >= _STEM}
    capitalised = [token for token in theirs if token.capitalised]
    for token in rest:
        if not token.capitalised or _ordinary(token, language, folded, stems):
            continue
        if any(same_spelling(token.text, other.text) for other in capitalised):
            continue
        code = country(token.text)
        if code is None or code not in countries:
            missing.append(token.text)
    return missing


def same_spelling(one: str, other: str) -> bool:
    """Whether two words are spellings of one name, inflected or not."""
    a, b = latin_letters(one), latin_letters(other)
    if a == b:
        return True
    bones, others = skeleton(one), skeleton(other)
    if min(len(a), len(b)) < 4 or min(len(bones), len(others)) < 2:
        return False
    near = bones.startswith(others) or others.startswith(bones)
    if not near or abs(len(bones) - len(others)) > 1:
        return False
    return SequenceMatcher(None, a, b).ratio() >= _ALIKE


def _ordinary(token: Token, language: str, folded: set[str], stems: set[str]) -> bool:
    """Whether a capitalised word needs no evidence: it is no name, or a word of the source."""
    word = token.folded
    if word in function_words() or word in calendar_words() or word.isdigit():
        return True
    if token.opens and stated_numbers(token.text, language):
        return True
    if check_cues(language).ordinary.fullmatch(word):
        return True
    german = language == "de"
    if german and len(token.text) > 1 and not token.text.isupper() and _common_noun(word):
        return True
    return (token.opens or german) and (word in folded or word[:_STEM] in stems)


def _common_noun(word: str) -> bool:
    """Whether a German word ends like a common noun, inflected or not: compounds end like their
    last part. A short ending has to be the whole word: Weber isn't a "weber"."""
    return any(
        word == noun or (len(noun) >= 3 and len(word) >= len(noun) + 3 and word.endswith(noun))
        for noun in _noun_endings(word)
    )


def _noun_endings(word: str) -> Iterator[str]:
    known = _german_nouns()
    for ending in ("", "s", "es", "n", "en", "e"):
        stem = word.removesuffix(ending) if ending else word
        if ending and not word.endswith(ending):
            continue
        for length in range(2, min(len(stem), 16) + 1):
            if stem[-length:] in known:
                yield stem[-length:] + ending


def _phrases(
    mine: Sequence[Token], theirs: Sequence[Token], source: str
) -> tuple[list[str], list[Token]]:
    """Names of several words or with several forms: those that the source has not, and the words
    that are part of none."""
    spoken = f" {' '.join(token.folded for token in theirs)} "
    countries = countries_in(source)
    missing: list[str] = []
    rest: list[Token] = []
    i = 0
    while i < len(mine):
        length, known = _phrase_at(mine, i, spoken, countries)
        if not length:
            rest.append(mine[i])
        elif not known:
            missing.append(" ".join(token.text for token in mine[i : i + length]))
        i += length or 1
    return missing, rest


def _phrase_at(mine: Sequence[Token], i: int, spoken: str, countries: set[str]) -> tuple[int, bool]:
    """How many words from here on are a name with translations, and whether the source has one."""
    for length in range(min(_LONGEST_PHRASE, len(mine) - i), 0, -1):
        if not any(token.capitalised for token in mine[i : i + length]):
            continue
        phrase = " ".join(token.folded for token in mine[i : i + length])
        if forms := exonyms().get(phrase):
            code = long_country_names().get(phrase)
            return length, code in countries or any(f" {form} " in spoken for form in forms)
        if length > 1 and (code := long_country_names().get(phrase)):
            return length, code in countries
    return 0, False


@cache
def _german_nouns() -> frozenset[str]:
    return frozenset(word for line in lines("nouns.de.txt") for word in line.split())
