"""The same notion in several languages: hotel, albergo, гостиница.

Sentence vectors know that two texts are about the same; they don't know whether a text has the one
thing that a question is about. ``lexicon.txt`` says so for the notions that news is made of.
"""

from dataclasses import dataclass
from functools import cache

from bot.answering.data import lines
from vectorstore.searchtext import fold

_SHORTEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """What forms stand for: folded words, and prefixes with a * behind them."""

    forms: dict[str, tuple[str, ...]]

    def add(self, name: str, forms: str) -> None:
        # A hundred thousand forms are read when the first question comes: no loop over them here.
        own: dict[str, tuple[str, ...]] = dict.fromkeys(forms.split(), (name,))
        for form in own.keys() & self.forms.keys():
            own[form] = (name, *self.forms[form])
        self.forms.update(own)

    def find(self, word: str) -> frozenset[str]:
        found = set(self.forms.get(word, ()))
        for end in range(_SHORTEST_PREFIX, len(word) + 1):
            found.update(self.forms.get(f"{word[:end]}*", ()))
        return frozenset(found)


@cache
def notions(word: str) -> frozenset[str]:
    """The notions that a folded word may stand for; empty for most words."""
    return _lexica()[0].find(word)


@cache
def related(word: str) -> frozenset[str]:
    """Groups of words that a folded word belongs to: looser than its notions, and more of them."""
    return _list("related.txt").find(word)


@cache
def concepts(word: str) -> frozenset[str]:
    """What a folded word is called in other languages: the concepts of ``dictionary.txt``."""
    return _list("dictionary.txt").find(word)


def is_no_country(word: str) -> bool:
    """Whether a folded word only looks like the inflected name of a country: "service", Serbia."""
    return bool(_list("no_countries.txt").find(word))


@cache
def telling_notions(word: str) -> frozenset[str]:
    """The notions of a question's word that a text must have to answer it; mostly none.

    A word that may stand for something else besides requires nothing.
    """
    found = _lexica()[1].find(word)
    return found if found == notions(word) else frozenset()


@cache
def _list(name: str) -> _Lexicon:
    """A file with the forms of one group a line, by languages or not."""
    lexicon = _Lexicon({})
    for line in _folded(name):
        group, forms = line.split(":", 1)
        lexicon.add(group, forms.replace("|", " "))
    return lexicon


@cache
def _lexica() -> tuple[_Lexicon, _Lexicon]:
    """All words of all notions, and those of questions about a notion that tells."""
    every, asking = _Lexicon({}), _Lexicon({})
    for line in _folded("lexicon.txt"):
        head, forms = line.split(":", 1)
        name = head.lstrip("!")
        named, _, answers = forms.partition("|")
        every.add(name, f"{named} {answers}")
        if head.startswith("!"):
            asking.add(name, named)
    return every, asking


def _folded(name: str) -> list[str]:
    return fold("\n".join(lines(name))).splitlines()
