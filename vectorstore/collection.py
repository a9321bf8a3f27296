"""A Chroma collection, in a folder or on a server: one audience's passage vectors, centred.

The id of a record is the passage's; the collection's metadata notes how far it has come.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from vectorstore.article import Matrix, Passage
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.change_log import ChangeLog
from vectorstore.errors import IndexUnavailable
from vectorstore.scan import Hits
from vectorstore.searchtext import clean

# Chroma Cloud takes 16,384.
_MAX_DOCUMENT_BYTES = 16_000
# At opening, some passages are searched by their own vectors; the graph is approximate and may
# miss one. Stored in half precision, a vector's cosine with itself is a little under 1.
_PROBES = 20
_PROBES_MISSED = 2
_SAME = 0.999


def nearest(collection: Any, vectors: Matrix, k: int) -> list[Hits]:
    """The hits of each vector."""
    found = collection.query(query_embeddings=vectors, n_results=k, include=["distances"])
    return [
        [(int(i), 1 - distance) for i, distance in zip(ids, distances, strict=True)]
        for ids, distances in zip(found["ids"], found["distances"], strict=True)
    ]


def merged(found: Hits, gone: set[int], pending: Hits, k: int) -> Hits:
    """The best of what Chroma found, without what is gone from the catalog, and of what the catalog
    has that was not applied yet."""
    hits = {i: cosine for i, cosine in found if i not in gone}
    # A passage rewritten since has an old vector in Chroma: the catalog's is the right one.
    hits |= dict(pending)
    return sorted(hits.items(), key=lambda hit: -hit[1])[:k]


def applied_to(collection: Any) -> int:
    """The sequence number up to which the collection has the catalog's changes."""
    return int((collection.metadata or {}).get("applied", 0))


def applied_to_each(audiences: Iterable[str], apply: Callable[[str], int]) -> int:
    """The sum of what ``apply`` returns for each; none waits for one that fails.

    Raises:
        IndexUnavailable: the first failure, after all were tried.
    """
    done = 0
    failed: IndexUnavailable | None = None
    for audience in audiences:
        try:
            done += apply(audience)
        except IndexUnavailable as error:
            failed = failed or error
    if failed:
        raise failed
    return done


def upsert(collection: Any, passages: Sequence[Passage], vectors: Matrix) -> None:
    """Write passages, with their centred vectors."""
    collection.upsert(
        ids=[str(p.id) for p in passages],
        embeddings=vectors,
        documents=[_document(p.text) for p in passages],
        metadatas=[{"article_id": p.article_id} for p in passages],
    )


def delete(collection: Any, ids: Sequence[int]) -> None:
    """Delete the passages that are there among these."""
    collection.delete(ids=[str(i) for i in ids])


def complete(collection: Any, audience: str, catalog: Catalog, centring: Centring) -> bool:
    """Whether Chroma has what it notes to have, and finds it.

    Lost files of its graph raise no error: there are only fewer hits.
    """
    applied = applied_to(collection)
    changes = ChangeLog(catalog)
    # Asked again after the counting: another process may have added an article meanwhile.
    if (
        applied >= changes.head(audience)
        and collection.count() != catalog.count(audience)
        and applied >= changes.head(audience)
    ):
        return False
    vectors = catalog.vectors(changes.spread(audience, applied, _PROBES))
    if not vectors:
        return True
    probes = centring.passages(np.stack([v.passage for v in vectors.values()]))
    # By distance: equal paragraphs have equal vectors.
    found = [bool(hits) and hits[0][1] > _SAME for hits in nearest(collection, probes, 1)]
    return found.count(False) <= _PROBES_MISSED


def _document(text: str) -> str:
    """The passage for people who look into Chroma; the catalog's text is the one that is used."""
    return clean(text).encode()[:_MAX_DOCUMENT_BYTES].decode(errors="ignore")
