"""The peers search the very collection that Newsdesk has filled."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import packages
from benchmarks.__main__ import main
from benchmarks.filling import filled
from benchmarks.peers import PACKAGES, PEERS
from vectorstore import SHARED, VectorstoreSettings, open_vectorstore

QUESTION = "How many berths did the harbour let?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    assert filled(path, 150) >= 150
    return path


@pytest.fixture(scope="module")
def texts(folder: Path) -> set[str]:
    store = open_vectorstore(VectorstoreSettings(path=folder))
    try:
        articles = store.catalog.articles([SHARED])
        return {p.text for a in articles for p in store.catalog.passages_of(a.id)}
    finally:
        store.close()


def test_chroma_finds_three_passages(folder: Path, texts: set[str]) -> None:
    [found] = PEERS["Chroma and e5"](folder)(QUESTION)["documents"]
    assert len(found) == 3
    assert texts.issuperset(found)


def test_langchain_finds_four_passages(folder: Path, texts: set[str]) -> None:
    pytest.importorskip("langchain_chroma")
    found = PEERS["LangChain, Chroma and MiniLM"](folder)(QUESTION)
    assert len(found) == 4
    assert texts.issuperset(document.page_content for document in found)


def test_llama_index_finds_two_passages(folder: Path, texts: set[str]) -> None:
    pytest.importorskip("llama_index.vector_stores.chroma")
    found = PEERS["LlamaIndex, Chroma and e5"](folder)(QUESTION)
    assert len(found) == 2
    assert texts.issuperset(node.get_content() for node in found)


@pytest.mark.parametrize(
    ("typed", "package", "without"),
    [([], PACKAGES[1], "--no-peers"), (["--no-peers", "--write"], "matplotlib", "--write")],
)
def test_packages_that_are_missing_are_told_before_anything_is_measured(
    typed: list[str],
    package: str,
    without: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found: Any = lambda name: None if name == package else "1.0"  # noqa: E731
    monkeypatch.setattr(packages, "installed", found)
    assert main(typed) == 1
    told = capsys.readouterr().err
    assert f"({package}): pip install -e '.[evaluation]', or " in told
    assert without in told
    assert "Filling" not in told
