"""What can go wrong with the store; every message is a finished sentence for a user.

VectorstoreError
├── CatalogError              the SQLite file cannot be opened, or is of another schema
│   ├── CatalogDamaged        the SQLite file is broken, cut off, or another file
│   └── PassageDamaged        what stands in it can't be right
├── BackupError               a backup cannot be written, or is none
├── EmbeddingsError           the embedding model cannot be loaded, or cannot embed
│   ├── EmbeddingsMismatch    the store was made with another embedding model
│   ├── ModelChanged          another process embedded the store with another model
│   └── Reindexing            another process is at it
├── RerankerError             the reranker cannot be loaded, or fails
├── IndexUnavailable          Chroma cannot be reached or opened
│   ├── IndexRefused          the Chroma server does not take the key, the tenant or the database
│   └── IndexBusy             another process writes to it
└── PeriodError               a question is restricted to no possible period
    ├── WrongDate             what was given is no date
    └── EmptyPeriod           the period ends before it begins
"""

from datetime import date
from pathlib import Path


def because(error: Exception) -> str:
    """The end of a sentence: a colon and the first line of somebody else's error, if it has one."""
    reason = str(error).strip().splitlines()[:1]
    return f": {reason[0].rstrip('.')}." if reason else "."


class VectorstoreError(Exception):
    """Base of all errors of this package; ``str()`` is a sentence for the user."""


class CatalogError(VectorstoreError):
    """The catalog cannot be opened, read or written."""


class CatalogDamaged(CatalogError):
    """The SQLite file is broken: nothing may be written to it before a person has seen to it."""

    def __init__(self, path: Path, problem: str) -> None:
        """``problem`` goes on after the file's name: ``is cut off``."""
        super().__init__(
            f"The catalog {path} {problem}. It is left as it is. “python -m ingest check --repair” "
            "saves what can be read of it, or takes the newest good backup; the damaged file is "
            "kept beside it."
        )


class PassageDamaged(CatalogError):
    """A row of the catalog is not as this program writes it."""

    def __init__(self, what: str) -> None:
        """``what`` can't be read."""
        super().__init__(
            f"The catalog is damaged: {what} can't be read. “python -m ingest check --repair” "
            "mends what can be mended."
        )


class BackupError(VectorstoreError):
    """A backup cannot be written, or is none."""


class EmbeddingsError(VectorstoreError):
    """The embedding model cannot be loaded, or cannot embed a text."""


class EmbeddingsMismatch(EmbeddingsError):
    """The store holds vectors of another model than the one that is set."""

    def __init__(self, stored: str, current: str) -> None:
        super().__init__(
            f"The articles in this store were embedded with “{stored}”, but VECTORSTORE_EMBEDDINGS "
            f"selects “{current}”; vectors of two models can't be compared. Set it back, or embed "
            "all of them with the other model: python -m ingest reindex."
        )


class ModelChanged(EmbeddingsError):
    """All passages were given vectors of another model while this process ran."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"The articles are embedded with “{model}” now, since a reindex: set "
            "VECTORSTORE_EMBEDDINGS to it where it is another, and start this program again."
        )


class Reindexing(EmbeddingsError):
    """Another process is embedding the store with another model."""


class RerankerError(VectorstoreError):
    """The reranker cannot be loaded, or fails on a text."""


class IndexUnavailable(VectorstoreError):
    """Chroma cannot be reached or opened."""


class IndexRefused(IndexUnavailable):
    """The Chroma server does not take the key, the tenant or the database."""


class IndexBusy(IndexUnavailable):
    """Another process brings the index up to date."""

    def __init__(self) -> None:
        super().__init__("Another process is bringing the Chroma index up to date.")


class PeriodError(VectorstoreError):
    """A question is restricted to no possible period."""


class WrongDate(PeriodError):
    """What was given is no date."""

    def __init__(self, written: str) -> None:
        super().__init__(
            f"“{written}” is no date: write a day as 2025-02-18, a month as 2025-02, "
            "a year as 2025."
        )
        self.written = written


class EmptyPeriod(PeriodError):
    """The period ends before it begins."""

    def __init__(self, since: date, until: date) -> None:
        super().__init__(f"The period from {since} until {until} ends before it begins.")
        self.since, self.until = since, until
