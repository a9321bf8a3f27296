"""What can go wrong with the store; every message is a finished sentence for a user.

VectorstoreError
├── CatalogError              the SQLite file cannot be opened, or is of another schema
├── EmbeddingsError           the embedding model cannot be loaded, or cannot embed
│   └── EmbeddingsMismatch    the store was made with another embedding model
└── IndexUnavailable          Chroma cannot be reached or opened
"""


class VectorstoreError(Exception):
    """Base of all errors of this package; ``str()`` is a sentence for the user."""


class CatalogError(VectorstoreError):
    """The catalog cannot be opened, read or written."""


class EmbeddingsError(VectorstoreError):
    """The embedding model cannot be loaded, or cannot embed a text."""


class EmbeddingsMismatch(EmbeddingsError):
    """The store holds vectors of another model than the one that is set."""

    def __init__(self, stored: str, current: str) -> None:
        super().__init__(
            f"The articles in this store were embedded with “{stored}”, but VECTORSTORE_EMBEDDINGS "
            f"selects “{current}”; vectors of two models can't be compared. Set it back, or point "
            "VECTORSTORE_PATH at an empty folder and ingest the articles again."
        )


class IndexUnavailable(VectorstoreError):
    """Chroma cannot be reached or opened."""
