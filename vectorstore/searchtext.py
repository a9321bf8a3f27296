"""Text as search sees it. Quotes are cut from the verbatim text, never from this."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u200b-\u200f\u2060\ufeff]")
# A lower-case word of 4+ letters or a number that runs into a capitalised word: two words that
# lost their space ("RussieMarco", "2022Lorsque"). Shorter left sides are names (McCain, YouTube).
# It begins with the capital: a search that looks back from every character takes ten times as long.
_GLUED = re.compile(
    r"[A-ZÀ-ÖØ-ÞА-ЯІЇЄҐ](?:(?<=[^\W\d_A-Z]{4}.)(?=[^\W\d_A-Z]{2})"
    r"|(?<=\d{4}[A-ZÀ-ÖØ-Þ])(?=[a-zß-ÿ]))"
)
WORD = re.compile(r"[^\W_]+")
# Scripts written without spaces: indexed as overlapping pairs of characters.
# Thai and Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
GRAM = 4
_REMEMBERED = 1024


def clean(text: str) -> str:
    """The text without what breaks embedders and tokenizers; glued words are parted.

    NUL truncates a text inside the bundled engine and lone surrogates can't be encoded; NFKC
    makes one form of the many that Unicode has for the same word.
    """
    text = _UNPRINTABLE.sub(" ", text)
    text = unicodedata.normalize("NFKC", text)
    return " ".join(_GLUED.sub(r" \g<0>", text).split())


def fold(text: str) -> str:
    """Case and accents taken away: ``Élysée`` and ``ELYSEE`` become ``elysee``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if decomposed.isascii():
        return decomposed
    return "".join([c for c in decomposed if c.isascii() or not unicodedata.combining(c)])


def words(text: str) -> list[str]:
    """Folded words in reading order, function words included."""
    folded = fold(clean(text))
    found: list[str] = WORD.findall(folded)
    return found if _UNSPACED.search(folded) is None else list(_with_pairs(found))


@lru_cache(_REMEMBERED)
def terms(text: str) -> str:
    """The words as the catalog keeps them; an article's are asked for twice, before it is stored
    and while."""
    return " ".join(words(text))


def _with_pairs(found: list[str]) -> Iterator[str]:
    for word in found:
        position = 0
        for run in _UNSPACED.finditer(word):
            if run.start() > position:
                yield word[position : run.start()]
            yield from _pairs(run.group())
            position = run.end()
        if position < len(word):
            yield word[position:]


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for i in range(len(run) - 1):
        yield run[i : i + 2]


def content_words(text: str) -> list[str]:
    """Folded words that carry a subject, each once, in reading order."""
    stop = function_words()
    return [w for w in dict.fromkeys(words(text)) if w not in stop]


def grams(terms: list[str]) -> list[str]:
    """Overlapping 4-character pieces of the terms: they find a name inside glued words.

    Terms of another length than 4 or more give none; pairs of unspaced scripts neither.
    """
    return [t[i : i + GRAM] for t in terms for i in range(len(t) - GRAM + 1)]


@cache
def function_words_by_language() -> dict[str, frozenset[str]]:
    """Folded words that carry no subject, by language (ISO 639-1)."""
    text = files(__package__).joinpath("function_words.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {language: frozenset(map(fold, found.split())) for language, _, found in lines}


def function_word_hits(text: str) -> dict[str, int]:
    """How many different function words of each language a text has."""
    found = set(words(text))
    return {name: len(found & small) for name, small in function_words_by_language().items()}


@cache
def function_words() -> frozenset[str]:
    """The folded function words of all languages that we list."""
    return frozenset().union(*function_words_by_language().values())
