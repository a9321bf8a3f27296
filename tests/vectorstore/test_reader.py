"""The bundled reader, which reads a question and passages together."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.vectorstore.texts import FERRY
from vectorstore import Readable, Reader, VectorstoreSettings, open_vectorstore
from vectorstore.bundled.adapters import SHIPPED, Adapters
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.errors import EmbeddingsError

PARTED = (
    "The new ferry was built in Tarnholm in 1967.",
    "It carries forty cars and two hundred passengers.",
    "The mayor, Ida Brandt, said on Monday that it would be replaced by a bridge.",
    "The crossing takes twenty-five minutes when the sea is calm.",
)
PASSAGE = Readable("A ferry grows old", PARTED)


@pytest.fixture(scope="module")
def reader(embeddings: BundledEmbeddings) -> Reader:
    return embeddings.reader()


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many cars does the ferry carry?", 1),
        ("when was the ferry built", 0),
        ("Wie lange dauert die Überfahrt?", 3),
        ("Qui est le maire ?", 2),
    ],
)
def test_the_sentence_that_answers_has_the_best_odds(
    question: str, sentence: int, reader: Reader
) -> None:
    [odds] = reader.read(question, [PASSAGE])
    assert int(odds.argmax()) == sentence
    assert odds[sentence] > 0


@pytest.mark.parametrize(
    "question",
    [
        "Who owns the ferry?",
        "In which hotel did the mayor stay?",
        "Combien coûte la traversée ?",
        "Wer hat die Fähre entworfen?",
    ],
)
def test_what_a_passage_does_not_tell_has_worse_odds_than_what_it_tells(
    question: str, reader: Reader
) -> None:
    told = reader.read("How many cars does the ferry carry?", [PASSAGE])[0].max()
    assert reader.read(question, [PASSAGE])[0].max() < told - 1


def test_a_passage_is_read_as_if_it_were_alone(reader: Reader) -> None:
    others = [Readable("", (text,)) for text in FERRY]
    together = reader.read("when was it built?", [*others, PASSAGE])[-1]
    np.testing.assert_allclose(together, reader.read("when was it built?", [PASSAGE])[0], atol=1e-3)


def test_hostile_texts_have_odds_too(reader: Reader) -> None:
    texts = (
        "",
        " ",
        "\x00\ud800",
        "👩‍👩‍👧‍👦",
        "<s> </s>",
        "x" * 5_000,
        "word " * 1_000,
        "The end.",
    )
    for question in ("?", "", "why " * 2_000):
        found = reader.read(question, [Readable("", texts), Readable("", ()), PASSAGE])
        assert [len(odds) for odds in found] == [len(texts), 0, len(PARTED)]
        assert all(np.isfinite(odds).all() for odds in found)
    assert reader.read("why?", []) == []


def test_what_begins_beyond_the_models_reach_is_no_answer(reader: Reader) -> None:
    long = Readable("", ("The harbour is closed. " * 200, "The ferry was built in 1967."))
    [odds] = reader.read("When was the ferry built?", [long])
    assert odds[1] < -5


@pytest.mark.parametrize("spoil", [lambda data: data[:1000], lambda data: b"no " + data])
def test_a_damaged_file_is_told(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "reader.npz").write_bytes(spoil(SHIPPED.read_bytes()))
    with pytest.raises(EmbeddingsError, match=r"The reader .*reader\.npz can't be read"):
        Adapters.load(tmp_path / "reader.npz")


@pytest.mark.parametrize(("setting", "rerank"), [(True, True), (False, True), (True, False)])
def test_a_setting_turns_it_off_and_an_ingest_needs_none(
    setting: bool, rerank: bool, tmp_path: Path
) -> None:
    settings = VectorstoreSettings(path=tmp_path, reader=setting)
    store = open_vectorstore(settings, rerank=rerank)
    try:
        assert (store.retriever.reader is not None) == (setting and rerank)
    finally:
        store.close()
