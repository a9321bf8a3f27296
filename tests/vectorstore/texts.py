"""Articles for the tests of this package, with real vectors."""

from collections.abc import Sequence

import numpy as np

from vectorstore import Article, Passage, PassageVectors, Span
from vectorstore.embeddings import NamedEmbeddings

FERRY = [
    "The ferry to Ormsay will stop running in October, the harbour office said.",
    "Le pont de Kerval a été fermé mardi après la découverte d’une fissure.",
    "Die Bürgermeisterin Anna Holm eröffnete am Montag das neue Schwimmbad.",
]


def embedded(
    embeddings: NamedEmbeddings, texts: Sequence[str]
) -> list[tuple[Passage, PassageVectors]]:
    """One-sentence passages, numbered from 1."""
    vectors = np.asarray(embeddings.embed_documents(list(texts)), np.float32)
    none = np.empty((0, vectors.shape[1]), np.float32)
    return [
        (Passage(n, 0, text, (Span(0, len(text)),)), PassageVectors(vectors[n - 1], none))
        for n, text in enumerate(texts, start=1)
    ]


def article(source: str = "ferry", audience: str = "shared") -> Article:
    return Article(source=source, title="Ferry", audience=audience, language="en")
