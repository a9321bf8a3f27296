"""Lexical evidence: the share of a question's words that a passage has.

BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework") has no ceiling that can
be compared over questions; divided by the most it could be, (k1 + 1) · Σ idf, it becomes a share
between 0 and 1. Between languages, where only names and numbers are in common, it is near 0 by
itself: unlike a rank it can't push the right passage out.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from vectorstore.catalog import Catalog
from vectorstore.rows import marks, within
from vectorstore.scope import EVERYTHING, Scope
from vectorstore.searchtext import content_words, grams

_K1 = 1.2
_B = 0.75
# To find passages by 4-grams, the rarest that occur at all tell names apart; the common ones
# cost time and tell nothing.
_SEARCHED_GRAMS = 8


class Lexical:
    """Word and 4-gram evidence; candidates and frequencies come from the catalog's FTS5 tables."""

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
        rarest = sorted(pieces, key=lambda piece: pieces[piece])[:_SEARCHED_GRAMS]
        return {
            *self._matching("words", terms, audiences, limit, scope),
            *self._matching("grams", rarest, audiences, limit // 2, scope),
        }

    def shares(self, question: str, terms_by_id: dict[int, str]) -> dict[int, float]:
        """For each passage the larger of its word share and its 4-gram share, 0 to 1.

        ``terms_by_id`` holds the passages' folded words, see ``Catalog.terms``.
        """
        passages = {i: terms.split() for i, terms in terms_by_id.items()}
        asked = content_words(question)
        by_words = self._shares("words", asked, passages)
        by_grams = self._shares("grams", grams(asked), {i: grams(t) for i, t in passages.items()})
        return {i: max(by_words[i], by_grams[i]) for i in passages}

    def idf(self, terms: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of folded words; the highest for words that don't occur."""
        return self._idf("words", terms)

    def _shares(
        self, table: str, asked: list[str], passages: dict[int, list[str]]
    ) -> dict[int, float]:
        idf = self._idf(table, asked)
        ceiling = (_K1 + 1) * sum(idf.values())
        if not ceiling:
            return dict.fromkeys(passages, 0.0)
        average = self._catalog.totals().average(table)
        return {
            i: _bm25(idf, Counter(terms), len(terms) / average) / ceiling
            for i, terms in passages.items()
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
        table: str,
        terms: Collection[str],
        audiences: Sequence[str],
        limit: int,
        scope: Scope,
    ) -> list[int]:
        if not terms:
            return []
        condition, values = within(scope)
        rows = self._catalog.query(
            f"SELECT {table}.rowid AS id FROM {table} "
            f"JOIN passages ON passages.id = {table}.rowid "
            f"WHERE {table} MATCH ? AND passages.audience IN ({marks(audiences)})"
            f"{condition} "
            f"ORDER BY bm25({table}) LIMIT ?",
            (_any_of(terms), *audiences, *values, limit),
        )
        return [row["id"] for row in rows]


def _bm25(idf: dict[str, float], counts: Counter[str], relative_length: float) -> float:
    damping = _K1 * (1 - _B + _B * relative_length)
    return sum(
        weight * counts[term] * (_K1 + 1) / (counts[term] + damping)
        for term, weight in idf.items()
        if term in counts
    )


def _any_of(terms: Iterable[str]) -> str:
    # Terms are folded words of letters and digits: quoting them is enough for FTS5.
    return " OR ".join(f'"{term}"' for term in terms)
