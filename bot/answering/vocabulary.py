"""Which words a text has, in other inflections, spellings and languages too."""

from dataclasses import dataclass
from functools import lru_cache

from bot.answering.lexicon import concepts, notions, related
from bot.answering.names import country
from vectorstore.searchtext import words

_STEM = 5
# Shorter ends of words are endings; so long a word is mostly put together in German and Dutch.
_SHORTEST_PART = 5
_SHORTEST_COMPOUND = 9


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a text, as a question's words are looked for in them."""

    stems: frozenset[str]
    """First five letters: folded words count as the same by them."""
    countries: frozenset[str]
    notions: frozenset[str]
    concepts: frozenset[str]
    related: frozenset[str]

    # The sentences of near passages are looked into again and again while one question is answered.
    @staticmethod
    @lru_cache(maxsize=1024)
    def of(text: str) -> "Vocabulary":
        found = frozenset(words(text))
        parts = found.union(*map(_compounded, found))
        return Vocabulary(
            frozenset(word[:_STEM] for word in found),
            frozenset(code for word in found if (code := country(word))),
            frozenset().union(*(notions(word) for word in parts)),
            frozenset().union(*(concepts(word) for word in parts)),
            frozenset().union(*(related(word) for word in parts)),
        )

    def has(self, term: str) -> bool:
        """Whether a folded word is there: by its stem, its country, a notion or a concept."""
        return (
            term[:_STEM] in self.stems
            or country(term) in self.countries
            or not self.notions.isdisjoint(notions(term))
            or not self.concepts.isdisjoint(concepts(term))
        )

    def hints_at(self, term: str) -> bool:
        """Whether a folded word is there, or one that goes together with it."""
        return self.has(term) or not self.related.isdisjoint(related(term))


@lru_cache(maxsize=1 << 14)
def _compounded(word: str) -> frozenset[str]:
    """The words that a word may end with: "museum" of "Keltenmuseum"."""
    if len(word) < _SHORTEST_COMPOUND:
        return frozenset()
    return frozenset(word[n:] for n in range(3, len(word) - _SHORTEST_PART + 1))
