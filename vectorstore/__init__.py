"""Articles, kept and made findable."""

from vectorstore.article import SHARED, Article, Changes, Passage, PassageVectors, Span, article_id
from vectorstore.catalog import Catalog
from vectorstore.errors import VectorstoreError
from vectorstore.period import Period, read_period
from vectorstore.retriever import HybridRetriever
from vectorstore.settings import VectorstoreSettings
from vectorstore.store import Vectorstore, open_catalog, open_vectorstore

__all__ = [
    "SHARED",
    "Article",
    "Catalog",
    "Changes",
    "HybridRetriever",
    "Passage",
    "PassageVectors",
    "Period",
    "Span",
    "Vectorstore",
    "VectorstoreError",
    "VectorstoreSettings",
    "article_id",
    "open_catalog",
    "open_vectorstore",
    "read_period",
]
