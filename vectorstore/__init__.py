"""Articles, kept and made findable."""

from vectorstore.article import SHARED, Article, Changes, Passage, PassageVectors, Span, article_id
from vectorstore.bundled import Readable, Reader
from vectorstore.catalog import Catalog
from vectorstore.errors import VectorstoreError
from vectorstore.late import LateInteraction, QuestionTokens
from vectorstore.period import Period, read_period
from vectorstore.retriever import HybridRetriever
from vectorstore.scope import Scope
from vectorstore.settings import VectorstoreSettings
from vectorstore.store import Vectorstore, open_backups, open_catalog, open_vectorstore
from vectorstore.versions import Version

__all__ = [
    "SHARED",
    "Article",
    "Catalog",
    "Changes",
    "HybridRetriever",
    "LateInteraction",
    "Passage",
    "PassageVectors",
    "Period",
    "QuestionTokens",
    "Readable",
    "Reader",
    "Scope",
    "Span",
    "Vectorstore",
    "VectorstoreError",
    "VectorstoreSettings",
    "Version",
    "article_id",
    "open_backups",
    "open_catalog",
    "open_vectorstore",
    "read_period",
]
