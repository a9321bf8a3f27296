"""Embeddings are computed once a model, kind and text."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evaluation.cache import CachedEmbeddings, CachedStates, default_folder
from evaluation.errors import EvaluationError
from vectorstore.bundled import TokenStates
from vectorstore.embeddings import BundledEmbeddings


class Counting:
    """Embeds a text as its length; remembers what it was asked."""

    def __init__(self, identity: str = "counting") -> None:
        self.identity = identity
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [[float(len(text))] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        self.asked.append(text)
        return [-float(len(text))]


def embed(model: Counting, folder: Path, texts: list[str]) -> list[list[float]]:
    with closing(CachedEmbeddings(model, folder)) as cached:
        return [*cached.embed_documents(texts), *map(cached.embed_query, texts)]


def test_a_second_run_embeds_nothing(tmp_path: Path) -> None:
    texts = ["one", "three", "one"]
    first, second = Counting(), Counting()
    expected = [[3.0], [5.0], [3.0], [-3.0], [-5.0], [-3.0]]
    assert embed(first, tmp_path, texts) == expected
    assert embed(second, tmp_path, texts) == expected
    assert first.asked == ["one", "three", "one", "three"]
    assert second.asked == []


def test_the_states_of_tokens_are_kept_too(tmp_path: Path, embeddings: BundledEmbeddings) -> None:
    texts = ["The ferry will stop.", "Die Fähre fährt.", "The ferry will stop."]
    expected = embeddings.states(texts, query=False)

    def read(model: BundledEmbeddings | Refusing) -> list[TokenStates]:
        with closing(CachedEmbeddings(embeddings, tmp_path)) as cache:
            return CachedStates(model, cache).states(texts, query=False)

    for found in (read(embeddings), read(Refusing())):
        for own, right in zip(found, expected, strict=True):
            assert np.allclose(own.tokens, right.tokens, atol=1e-2)
            assert np.allclose(own.vector, right.vector)
            assert own.starts.tolist() == right.starts.tolist()
            assert own.ends.tolist() == right.ends.tolist()


class Refusing:
    def states(self, texts: Sequence[str], *, query: bool) -> list[TokenStates]:
        raise AssertionError(texts)


def test_another_model_is_not_answered_from_this_ones_cache(tmp_path: Path) -> None:
    embed(Counting(), tmp_path, ["one"])
    other = Counting("other")
    embed(other, tmp_path, ["one"])
    assert other.asked == ["one", "one"]


def test_a_cache_that_is_no_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(EvaluationError, match=r"^The cache .* can't be used: .*\.$"):
        CachedEmbeddings(Counting(), path)


def test_the_default_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "newsdesk"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "newsdesk"
