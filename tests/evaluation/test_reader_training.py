"""The reader trained for a few steps, by what trains the shipped one."""

import json
from collections.abc import Iterator
from io import StringIO
from itertools import repeat
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from rich.console import Console

from evaluation import reader_command
from evaluation.__main__ import main
from evaluation.errors import EvaluationError
from evaluation.reader_examples import (
    LANGUAGES,
    NEAR_MISSES,
    Example,
    NearMiss,
    XquadExamples,
    read_near_misses,
)
from evaluation.reader_network import ReaderNetwork
from evaluation.reader_sets import SetExamples, gathered
from evaluation.reader_training import Batch, Recipe, batches, fit, rates
from evaluation.xquad import load
from vectorstore.bundled import Engine
from vectorstore.bundled.adapters import Adapters
from vectorstore.bundled.reader import Readable, Reader

HARBOUR = "The harbour was dug in 1911. Its cranes can lift ninety tonnes. Fish is sold on Fridays."
PUERTO = (
    "El puerto se excavó en 1911. Sus grúas levantan noventa toneladas. Los viernes hay pescado."
)
GLACIER = "The glacier lost two metres this summer. A climber, Anna Holm, measured it."
GLACIAR = "Este verano el glaciar perdió dos metros. Lo midió una escaladora, Anna Holm."
ASKED = {
    "en": ((HARBOUR, "What can be lifted?", "ninety"), (GLACIER, "Who measured it?", "Anna Holm")),
    "es": ((PUERTO, "¿Cuánto levantan?", "noventa"), (GLACIAR, "¿Quién lo midió?", "Anna Holm")),
}
RIGHT = [frozenset({1}), frozenset({1})]
NEAR = [
    NearMiss(paragraph=2 * article, language="en", question="Who paid for the cranes?")
    for article in range(6)
]
FERRY = """---
title: "The ferry to Ormsay"
language: en
---
The ferry to Ormsay was built in 1967. Its captain is Anna Holm.

Tickets cost nine pounds, and children travel for nothing.
"""
QUESTIONS = (
    {"id": "a", "kind": "fact", "question": "Who is captain of the ferry?", "answers": [["Holm"]]},
    {"id": "b", "kind": "near_miss", "question": "Where was the ferry built?"},
    {"id": "c", "kind": "off_subject", "question": "Who won the cup?"},
    {"id": "d", "kind": "near_miss", "question": "And how old is she?", "after": "Who is captain?"},
)


def write_xquad(folder: Path) -> None:
    """Six articles of the same two paragraphs; the last is held out."""
    for language in LANGUAGES:
        paragraphs = [
            {
                "context": text,
                "qas": [
                    {
                        "question": question,
                        "answers": [{"text": answer, "answer_start": text.index(answer)}],
                    }
                ],
            }
            for text, question, answer in ASKED["es" if language == "es" else "en"]
        ]
        data = [{"title": f"Article {n}", "paragraphs": paragraphs} for n in range(6)]
        (folder / f"xquad.{language}.json").write_text(json.dumps({"data": data}), "utf-8")


def write_set(folder: Path) -> None:
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "ferry.md").write_text(FERRY, "utf-8")
    for name, part in (("questions", QUESTIONS[:2]), ("further", QUESTIONS[2:])):
        lines = [
            json.dumps(
                {"language": "en", "paragraphs": [["ferry.md", 1]] if "answers" in q else []} | q
            )
            for q in part
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Torch's threads spin while they wait: on a busy machine a step would take seconds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def xquad(tmp_path_factory: pytest.TempPathFactory) -> XquadExamples:
    folder = tmp_path_factory.mktemp("xquad")
    write_xquad(folder)
    return XquadExamples(load(folder, ("en", "es")), NEAR)


@pytest.fixture
def ferry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither this machine's settings nor its .env."""
    monkeypatch.delenv("VECTORSTORE_EMBEDDINGS", raising=False)
    monkeypatch.chdir(tmp_path)
    write_set(tmp_path / "ferry")
    return tmp_path / "ferry"


def drawn(network: ReaderNetwork, examples: list[Example]) -> Iterator[Batch]:
    return repeat([(network.pair(e.question, e.passage), e.right) for e in examples])


def test_the_runtime_reads_as_the_network_does(xquad: XquadExamples, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = ReaderNetwork()
    # So few steps would hardly move these.
    network.parts["roles"].data.normal_(std=0.5)
    network.parts["sentence.inner"].data.normal_(std=0.1)
    learned = [xquad.questions("en", "en", held_out=False)[0]]
    learned += xquad.near_misses("en", held_out=False)[:1]
    recipe = Recipe(learning_rate=2e-3)
    losses = list(fit(network, drawn(network, learned), repeat(1.0, 8), recipe))
    assert losses[-1] < losses[0] / 2

    path = tmp_path / "reader.npz"
    network.write(path)
    reader = Reader(Engine(tmp_path), tmp_path, Adapters.load(path))
    titled = Readable("A title that was never learned", learned[0].passage.sentences)
    examples = [e for told in ("en", "es") for e in xquad.questions("en", told, held_out=True)]
    examples += [Example("Who dug it?", titled, frozenset()), *learned]
    pairs = [network.pair(e.question, e.passage) for e in examples]
    with torch.no_grad():
        logits = network.logits(pairs)
    ours = np.concatenate([(own[1:] - own[0]).numpy() for own in logits])
    theirs = np.concatenate([reader.read(e.question, [e.passage])[0] for e in examples])
    assert np.corrcoef(ours, theirs)[0, 1] >= 0.98
    assert np.abs(ours - theirs).mean() < np.abs(ours).mean() / 12


def test_nothing_is_added_before_training() -> None:
    network = ReaderNetwork()
    ups = [part for name, part in network.parts.items() if name.endswith(".up")]
    assert len(ups) == 6 * 8
    assert not any(part.any() for part in ups)


def test_a_seed_draws_and_trains_the_same(xquad: XquadExamples) -> None:
    recipe = Recipe(seed=3, batch=2)

    def losses() -> list[float]:
        torch.manual_seed(recipe.seed)
        network = ReaderNetwork()
        return list(fit(network, batches(network, xquad.draw, recipe), repeat(1.0, 2), recipe))

    assert losses() == losses()


def test_the_learning_rate_goes_up_and_then_down_until_the_time_is_over() -> None:
    seconds = iter(range(1_000))
    found = list(rates(10.0, lambda: float(next(seconds))))
    assert len(found) == 599
    assert found[0] == pytest.approx(1 / 40, rel=0.01)
    assert found.index(max(found)) == 39
    assert found[39:] == sorted(found[39:], reverse=True)
    assert found[-1] == pytest.approx(1 / 600)


@pytest.mark.parametrize("told", ["en", "es"])
@pytest.mark.parametrize("asked", ["en", "es"])
def test_the_sentence_that_answers_is_marked_in_every_language(
    xquad: XquadExamples, asked: str, told: str
) -> None:
    own = xquad.questions(asked, told, held_out=True)
    assert [e.right for e in own] == RIGHT
    assert [e.question for e in own] == [question for _, question, _ in ASKED[asked]]
    sentences = [e.passage.sentences[1] for e in own]
    assert all(ASKED[told][n][2] in text for n, text in enumerate(sentences))


def test_near_misses_are_answered_by_no_sentence(xquad: XquadExamples) -> None:
    (near,) = xquad.near_misses("es", held_out=True)
    assert near.right == frozenset()
    assert near.passage.sentences[0] == "El puerto se excavó en 1911."


def test_held_out_articles_are_never_drawn(tmp_path: Path) -> None:
    write_xquad(tmp_path)
    path = tmp_path / "xquad.en.json"
    held = path.read_text("utf-8").replace("Article 5", "Held out")
    data = json.loads(held)
    data["data"][5]["paragraphs"][0]["context"] = HARBOUR.replace("harbour", "canal")
    path.write_text(json.dumps(data), "utf-8")
    xquad = XquadExamples(load(tmp_path, ["en"]), NEAR)
    rng = Random(0)
    found = [xquad.draw(rng) for _ in range(300)]
    assert not any("canal" in e.passage.sentences[0] for e in found)
    kinds = {(e.question == NEAR[0].question, bool(e.right)) for e in found}
    assert kinds == {(True, False), (False, True), (False, False)}


def test_near_misses_of_paragraphs_that_are_not_there_are_told(tmp_path: Path) -> None:
    write_xquad(tmp_path)
    beyond = NearMiss(paragraph=12, language="en", question="Who paid?")
    with pytest.raises(EvaluationError, match="only 12 paragraphs"):
        XquadExamples(load(tmp_path, ["en"]), [beyond])


def test_the_near_misses_that_are_kept_can_be_read() -> None:
    near = read_near_misses(NEAR_MISSES)
    assert {n.paragraph for n in near} == set(range(240))


def test_a_line_that_is_no_near_miss_is_told(tmp_path: Path) -> None:
    path = tmp_path / "near.jsonl"
    path.write_text('{"paragraph": 1}\n', "utf-8")
    with pytest.raises(EvaluationError, match="no near miss"):
        read_near_misses(path)


def test_the_passages_are_those_that_the_bot_finds(ferry: Path, tmp_path: Path) -> None:
    captain, built = gathered([ferry], tmp_path, Console(file=StringIO()))
    assert captain.question.id == "a"
    first = captain.candidates[0]
    assert first.passage.title == "The ferry to Ormsay"
    assert (first.right, first.citation) == (frozenset({1}), True)
    assert [(c.right, c.citation) for c in built.candidates] == [(frozenset(), False)] * 2
    examples = SetExamples([captain, built])
    assert examples.counts == (1, 1)
    rng = Random(0)
    drawn = {(e.question, e.right) for e in (examples.draw(rng) for _ in range(100))}
    assert drawn == {
        ("Who is captain of the ferry?", frozenset({1})),
        ("Who is captain of the ferry?", frozenset()),
        ("Where was the ferry built?", frozenset()),
    }


def test_the_command_trains_writes_and_measures(
    ferry: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_xquad(tmp_path)
    near = tmp_path / "near.jsonl"
    near.write_text("\n".join(n.model_dump_json() for n in NEAR), "utf-8")
    monkeypatch.setattr(reader_command, "OWN_SETS", (ferry,))
    monkeypatch.setattr(reader_command, "NEAR_MISSES", near)
    output = tmp_path / "reader.npz"
    where = ["--xquad", str(tmp_path), "--cache", str(tmp_path), "--output", str(output)]
    assert main(["reader", *where, "--minutes", "0.01"]) == 0
    printed = capsys.readouterr()
    assert "Training on 1 answers and 1 near misses" in printed.err
    lines = printed.out.splitlines()
    tasks = ["en>en", "en>es", "de>en"]
    assert [line.split(":")[0] for line in lines[:3]] == [
        f"Right sentence first, {t}" for t in tasks
    ]
    assert lines[3].startswith("AUC of answered questions against near misses: ")
    assert Adapters.load(output).first_layer == 4


def test_a_folder_that_is_missing_is_told_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "nowhere" / "reader.npz"
    assert main(["reader", "--xquad", str(tmp_path), "--output", str(output)]) == 1
    assert f"There is no folder {output.parent}" in "".join(capsys.readouterr().err.split("\n"))


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "long"])
def test_a_time_that_is_none_is_wrong_usage(minutes: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["reader", "--xquad", ".", f"--minutes={minutes}"])
    assert exit_.value.code == 2
