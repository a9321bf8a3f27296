"""Lexical evidence: the share of a question's words that a passage has.

BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework") has no ceiling that can
be compared over questions; divided by the most it could be, (k1 + 1) · Σ idf, it becomes a share
between 0 and 1. Between languages, where only names and numbers are in common, it is near 0 by
itself: unlike a rank it can't push the right passage out.
"""

import math
from collections.abc import Collection, Sequence
from itertools import accumulate

from vectorstore.catalog import Catalog
from vectorstore.database import Terms
from vectorstore.rows import marks, within
from vectorstore.scope import EVERYTHING, Scope
from vectorstore.searchtext import GRAM, content_words, grams

_K1 = 1.2
_B = 0.75
# To find passages by 4-grams, the rarest that occur at all tell names apart; the common ones
# cost time and tell nothing. Those that more passages have together are left out, but for one.
_SEARCHED_GRAMS = 8
_SEARCHED_GRAMS_PASSAGES = 5_000
# Whose passage one is costs more to find out than how well it matches: it is asked of so many times
# the passages that are wanted, and of all that match only where these are too few.
_TRIED = 4

_Counted = tuple[dict[str, int], int]
"""How often a passage has each of the asked terms, and how many terms it has."""


class Lexical:
    """Word and 4-gram evidence; what it rests on comes from the catalog's full-text indexes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def candidates(
        self,
        question: str,
        audiences: Sequence[str],
        limit: int,
        scope: Scope = EVERYTHING,
    ) -> set[int]:
        """Ids of the passages with the best word evidence, and of those with the best 4-grams."""
        terms = content_words(question)
        pieces = self._frequencies("grams", grams(terms))
        return {
            *self._matching("words", terms, audiences, limit, scope),
            *self._matching("grams", _rarest(pieces), audiences, limit // 2, scope),
        }

    def shares(self, question: str, terms_by_id: dict[int, str]) -> dict[int, float]:
        """For each passage the larger of its word share and its 4-gram share, 0 to 1.

        ``terms_by_id`` holds the passages' folded words, see ``Catalog.terms``.
        """
        asked = content_words(question)
        pieces = grams(asked)
        by_words = self._shares(
            "words", asked, {i: _words_in(t, asked) for i, t in terms_by_id.items()}
        )
        by_grams = self._shares(
            "grams", pieces, {i: _grams_in(t, pieces) for i, t in terms_by_id.items()}
        )
        return {i: max(by_words[i], by_grams[i]) for i in terms_by_id}

    def idf(self, terms: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of folded words; the highest for words that don't occur."""
        return self._idf("words", terms)

    def _shares(
        self, table: str, asked: list[str], passages: dict[int, _Counted]
    ) -> dict[int, float]:
        idf = self._idf(table, asked)
        ceiling = (_K1 + 1) * sum(idf.values())
        if not ceiling:
            return dict.fromkeys(passages, 0.0)
        average = self._catalog.totals().average(table)
        return {
            i: _bm25(idf, counts, length / average) / ceiling
            for i, (counts, length) in passages.items()
        }

    def _idf(self, table: str, terms: Collection[str]) -> dict[str, float]:
        total = self._catalog.totals().passages
        found = self._frequencies(table, terms)
        return {
            t: max(1e-6, math.log((total - (n := found.get(t, 0)) + 0.5) / (n + 0.5)))
            for t in dict.fromkeys(terms)
        }

    def _frequencies(self, table: str, terms: Collection[str]) -> dict[str, int]:
        distinct = list(dict.fromkeys(terms))
        rows = self._catalog.query(
            f"SELECT term, doc FROM {table}_vocabulary WHERE term IN ({marks(distinct)})", distinct
        )
        return {row["term"]: row["doc"] for row in rows}

    def _matching(
        self,
        table: Terms,
        terms: Collection[str],
        audiences: Sequence[str],
        limit: int,
        scope: Scope,
    ) -> list[int]:
        if not terms:
            return []
        if not scope:
            best = self._best(table, terms, _TRIED * limit)
            own = self._own(best, audiences)
            if len(own) >= limit or len(best) < _TRIED * limit:
                return own[:limit]
        condition, values = within(scope)
        return self._catalog.database.matching(
            table,
            list(terms),
            limit,
            f"passages.audience IN ({marks(audiences)}){condition}",
            (*audiences, *values),
        )

    def _best(self, table: Terms, terms: Collection[str], limit: int) -> list[int]:
        """Of all audiences, the best first."""
        return self._catalog.database.matching(table, list(terms), limit, "", ())

    def _own(self, ids: Sequence[int], audiences: Sequence[str]) -> list[int]:
        """Those of these audiences, in the same order."""
        # Asked for in SQL, the audience would be looked up in its own index: all passages of it.
        rows = self._catalog.query(
            f"SELECT id, audience FROM passages WHERE id IN ({marks(ids)})", ids
        )
        own = {row["id"] for row in rows if row["audience"] in audiences}
        return [i for i in ids if i in own]


def _rarest(pieces: dict[str, int]) -> list[str]:
    """The pieces to search for, of those that so many passages have."""
    chosen = sorted(pieces, key=lambda piece: pieces[piece])[:_SEARCHED_GRAMS]
    most = accumulate(pieces[piece] for piece in chosen)
    few = [p for p, total in zip(chosen, most, strict=True) if total <= _SEARCHED_GRAMS_PASSAGES]
    return few or chosen[:1]


def _words_in(terms: str, asked: Collection[str]) -> _Counted:
    split = terms.split()
    return {word: n for word in asked if (n := split.count(word))}, len(split)


def _grams_in(terms: str, asked: Collection[str]) -> _Counted:
    """As if ``grams(terms.split())`` were counted, but for those that overlap themselves."""
    length = sum(len(term) - GRAM + 1 for term in terms.split() if len(term) >= GRAM)
    return {piece: n for piece in set(asked) if (n := terms.count(piece))}, length


def _bm25(idf: dict[str, float], counts: dict[str, int], relative_length: float) -> float:
    damping = _K1 * (1 - _B + _B * relative_length)
    return sum(
        weight * counts[term] * (_K1 + 1) / (counts[term] + damping)
        for term, weight in idf.items()
        if term in counts
    )
