"""Embeddings kept on disk, so that a second measurement takes seconds."""

import argparse
import os
import sqlite3
import sys
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np

from evaluation.errors import EvaluationError
from vectorstore.bundled import TokenStates
from vectorstore.embeddings import NamedEmbeddings
from vectorstore.late import StatesModel

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

    def states_of(
        self, model: StatesModel, texts: Sequence[str], *, query: bool
    ) -> list[TokenStates]:
        """``model.states(…)``; ``model`` is the one that this caches, if it shows its tokens."""
        kind = f"states of a {_QUERY if query else _PASSAGE}"
        found = {text: blob for text in texts if (blob := self._blob(kind, text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            for text, states in zip(batch, model.states(batch, query=query), strict=True):
                found[text] = _written(states)
                self._keep_blob(kind, text, found[text])
            self._database.commit()
        return [_read(found[text]) for text in texts]

    def close(self) -> None:
        self._database.close()

    def _kept(self, kind: str, text: str) -> list[float] | None:
        found = self._blob(kind, text)
        return np.frombuffer(found, "<f4").tolist() if found is not None else None

    def _keep(self, kind: str, text: str, vector: list[float]) -> None:
        self._keep_blob(kind, text, np.asarray(vector, "<f4").tobytes())

    def _blob(self, kind: str, text: str) -> bytes | None:
        found = self._database.execute(
            "SELECT vector FROM embeddings WHERE key = ?", (self._key(kind, text),)
        ).fetchone()
        return found[0] if found else None

    def _keep_blob(self, kind: str, text: str, blob: bytes) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO embeddings VALUES (?, ?)", (self._key(kind, text), blob)
        )

    def _key(self, kind: str, text: str) -> bytes:
        return sha256("\0".join((self.identity, kind, text)).encode()).digest()


class CachedStates:
    """The states of a model's tokens out of a cache, for ``LateInteraction``."""

    def __init__(self, model: StatesModel, cache: CachedEmbeddings) -> None:
        self._model = model
        self._cache = cache

    def states(self, texts: Sequence[str], *, query: bool) -> list[TokenStates]:
        return self._cache.states_of(self._model, texts, query=query)


def _written(states: TokenStates) -> bytes:
    file = BytesIO()
    # Half precision: the store keeps 8 bits of them.
    tokens = states.tokens.astype("<f2")
    np.savez(file, vector=states.vector, tokens=tokens, starts=states.starts, ends=states.ends)
    return file.getvalue()


def _read(blob: bytes) -> TokenStates:
    kept = dict(np.load(BytesIO(blob)))
    return TokenStates(**kept | {"tokens": kept["tokens"].astype(np.float32)})


def add_option(command: argparse.ArgumentParser) -> None:
    """``--cache``."""
    command.add_argument(
        "--cache",
        type=Path,
        default=default_folder(),
        metavar="FOLDER",
        help="where embeddings are kept between runs (default: %(default)s)",
    )
