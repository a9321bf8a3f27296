"""Articles that are mostly the same text: wire copy, whatever its headline, whole or trimmed.

A number that was corrected makes another passage of a passage, not another story of an article.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import log2
from typing import TypeVar

from vectorstore.article import SHARED
from vectorstore.catalog import Catalog
from vectorstore.fingerprints import fingerprints, shared, sharing
from vectorstore.rows import marks

# Of the shorter article's fingerprints, from which two articles tell one story; measured on the
# cases in tests/vectorstore/test_stories.py.
MOSTLY = 0.5
# With fewer in common, some 15 words, articles share a phrase.
_FEWEST = 5
_FEW_HOLDERS = 4
# Of folded text a fingerprint: about 16, with the longest words of any language less than this.
_MOST_CHARACTERS = 50
_IDS_A_PART = 10_000


Id = TypeVar("Id", int, str)


class Stories:
    """Which articles of a catalog tell one story; every method may raise ``CatalogError``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def like(self, terms: Iterable[str], audience: str, besides: str = "") -> list[str]:
        """Ids of the articles that an audience sees and that tell the story of some passages, the
        most alike first.

        ``terms`` are the passages' folded words, ``besides`` is the id of their own article.
        """
        own = article_fingerprints(terms)
        audiences = list(dict.fromkeys((audience, SHARED)))
        found = sharing(self._catalog.database, own, audiences)
        articles = self._articles_of(found)
        holders: dict[int, set[str]] = defaultdict(set)
        for passage_id, have in found.items():
            # Removed between two reads: gone is gone.
            if (article := articles.get(passage_id)) and article != besides:
                for one in have:
                    holders[one].add(article)
        common: dict[str, Common] = defaultdict(Common)
        for others in holders.values():
            for other in others:
                common[other].add(len(others) + 1)
        least = self._least_sizes(common)
        near = {
            i: have for i, have in common.items() if have.share(min(len(own), least[i])) >= MOSTLY
        }
        return alike(len(own), near, self._sizes(near))

    def of(self, article_id: str, audience: str) -> list[str]:
        """As ``like``, of an article that is stored."""
        return self.like(self._terms(article_id), audience, article_id)

    def all_of(self, audience: str) -> dict[str, list[str]]:
        """As ``of``, by the id of each article of an audience that has such others."""
        if audience == SHARED:
            return self._all_shared()
        found = {i: self.of(i, audience) for i in self._ids(audience)}
        return {i: others for i, others in found.items() if others}

    def _all_shared(self) -> dict[str, list[str]]:
        # One pass over the index, in place of looking every fingerprint of every article up.
        article_of = dict(self._passages(SHARED))
        common: dict[tuple[str, str], Common] = defaultdict(Common)
        for ids in shared(self._catalog.database):
            holders = sorted({article_of[i] for i in ids if i in article_of})
            for pair in combinations(holders, 2):
                common[pair].add(len(holders))
        least = self._least_sizes({i for pair in common for i in pair})
        others: dict[str, dict[str, Common]] = defaultdict(dict)
        for (one, other), have in common.items():
            if have.share(min(least[one], least[other])) >= MOSTLY:
                others[one][other] = others[other][one] = have
        sizes = self._sizes(others)
        found = {i: alike(sizes[i], have, sizes) for i, have in others.items()}
        return {i: like for i, like in found.items() if like}

    def _sizes(self, articles: Iterable[str]) -> dict[str, int]:
        return {i: len(article_fingerprints(self._terms(i))) for i in articles}

    def _least_sizes(self, articles: Collection[str]) -> dict[str, int]:
        """Fewer fingerprints than each has, without making them."""
        found = dict.fromkeys(articles, 0)
        for part in _parts(articles):
            rows = self._catalog.query(
                "SELECT article_id, SUM(LENGTH(terms)) AS length FROM passages "
                f"WHERE article_id IN ({marks(part)}) GROUP BY article_id",
                part,
            )
            found |= {row["article_id"]: row["length"] // _MOST_CHARACTERS for row in rows}
        return found

    def _terms(self, article_id: str) -> list[str]:
        found = self._catalog.query(
            "SELECT terms FROM passages WHERE article_id = ?", (article_id,)
        )
        return [row["terms"] for row in found]

    def _ids(self, audience: str) -> list[str]:
        found = self._catalog.query("SELECT id FROM articles WHERE audience = ?", (audience,))
        return [row["id"] for row in found]

    def _passages(self, audience: str) -> Iterator[tuple[int, str]]:
        # By way of the articles, whose index on the passages tells all that is asked.
        for row in self._catalog.query(
            "SELECT p.id, p.article_id FROM articles a JOIN passages p ON p.article_id = a.id "
            "WHERE a.audience = ?",
            (audience,),
        ):
            yield row["id"], row["article_id"]

    def _articles_of(self, passages: Collection[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for part in _parts(passages):
            rows = self._catalog.query(
                f"SELECT id, article_id FROM passages WHERE id IN ({marks(part)})", part
            )
            found |= {row["id"]: row["article_id"] for row in rows}
        return found


def _parts(ids: Collection[Id]) -> Iterator[list[Id]]:
    """As many as one query takes."""
    listed = list(ids)
    for first in range(0, len(listed), _IDS_A_PART):
        yield listed[first : first + _IDS_A_PART]


def article_fingerprints(terms: Iterable[str]) -> frozenset[int]:
    """Those of all passages of an article."""
    return frozenset().union(*map(fingerprints, terms))


@dataclass(slots=True)
class Common:
    """Fingerprints that two articles have in common."""

    count: int = 0
    weight: float = 0.0

    def add(self, holders: int) -> None:
        """One more, which so many articles have. What many have is either a story that many print,
        and then most of each is it, or boilerplate, which is some of each and should count less."""
        self.count += 1
        self.weight += 1 / (1 + log2(max(1.0, holders / _FEW_HOLDERS)))

    def share(self, size: int) -> float:
        """Of a text that has so many fingerprints; 0 where only a phrase is in common."""
        if self.count < _FEWEST:
            return 0.0
        # Sums in another order differ in their last digits.
        return round(self.weight / (self.weight + max(0, size - self.count)), 9)


def alike(own: int, common: Mapping[str, Common], sizes: Mapping[str, int]) -> list[str]:
    """The articles that have enough fingerprints in common with one that has ``own`` of them."""
    shares = {i: have.share(min(own, sizes[i])) for i, have in common.items()}
    found = [article for article, share in shares.items() if share >= MOSTLY]
    return sorted(found, key=lambda article: (-shares[article], article))
