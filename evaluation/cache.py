"""Embeddings kept on disk, so that a second measurement takes seconds."""

import os
import sqlite3
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from evaluation.errors import EvaluationError
from vectorstore.embeddings import NamedEmbeddings

_PASSAGE = "passage"
_QUERY = "query"
_BATCH = 16


def default_folder() -> Path:
    """Where this platform keeps caches: XDG Base Directory on Linux, Apple's and Microsoft's."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "newsdesk"


class CachedEmbeddings:
    """Another model's embeddings, each computed once; found by model, kind and text."""

    def __init__(self, model: NamedEmbeddings, folder: Path) -> None:
        """Open the cache, or make it; raises ``EvaluationError``."""
        self.identity = model.identity
        self._model = model
        path = folder / "embeddings.sqlite3"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
            )
        except (OSError, sqlite3.Error) as error:
            raise EvaluationError(f"The cache {path} can't be used: {error}.") from error

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Passage vectors; an interrupted run keeps what it has computed."""
        kept = {text: v for text in texts if (v := self._kept(_PASSAGE, text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in kept]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            computed = dict(zip(batch, self._model.embed_documents(batch), strict=True))
            for text, vector in computed.items():
                self._keep(_PASSAGE, text, vector)
            self._database.commit()
            kept |= computed
        return [kept[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        vector = self._kept(_QUERY, text)
        if vector is None:
            vector = self._model.embed_query(text)
            self._keep(_QUERY, text, vector)
            self._database.commit()
        return vector

    def close(self) -> None:
        self._database.close()

    def _kept(self, kind: str, text: str) -> list[float] | None:
        found = self._database.execute(
            "SELECT vector FROM embeddings WHERE key = ?", (self._key(kind, text),)
        ).fetchone()
        return np.frombuffer(found[0], "<f4").tolist() if found else None

    def _keep(self, kind: str, text: str, vector: list[float]) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
            (self._key(kind, text), np.asarray(vector, "<f4").tobytes()),
        )

    def _key(self, kind: str, text: str) -> bytes:
        return sha256("\0".join((self.identity, kind, text)).encode()).digest()
