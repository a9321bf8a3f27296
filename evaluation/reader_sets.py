"""What the reader learns of news: questions about invented articles, beside what the bot finds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from langchain_core.documents import Document
from rich.console import Console

from evaluation.golden import GoldenQuestion, check, load, states
from evaluation.reader_examples import Example
from evaluation.systems import Corpus, ingested
from vectorstore import Passage
from vectorstore.bundled.reader import Readable
from vectorstore.searchtext import clean

_NEAR_MISSES = 0.3
_ELSEWHERE = 0.35
"""The share of answerable questions that is shown a passage without the answer."""
_PASSAGES = 8
"""As many as the bot reads."""
_NEAREST = 6
"""Of these, those that a question is shown which they don't answer."""
_QUESTIONS = ("questions.jsonl", "further.jsonl")
_HERE = Path(__file__).parent
OWN_SETS = (
    _HERE / "tuning",
    *sorted(path.parent for path in _HERE.glob("tuning/more/*/articles")),
    *sorted(path.parent for path in _HERE.glob("training/*/articles")),
)
"""Folders of ``articles`` and of questions about them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that the bot finds for a question."""

    passage: Readable
    right: frozenset[int]
    """The sentences that answer."""
    citation: bool
    """It is part of a paragraph that is a right citation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the passages that are found for it, the best first."""

    question: GoldenQuestion
    candidates: tuple[Candidate, ...]


class SetExamples:
    """Questions and near misses about sets of articles."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._found = [
            a for a in asked if a.question.answerable and any(c.right for c in a.candidates)
        ]
        self._near = [a for a in asked if a.question.kind == "near_miss" and a.candidates]

    @property
    def counts(self) -> tuple[int, int]:
        """Questions whose answer is found, and near misses."""
        return len(self._found), len(self._near)

    def draw(self, rng: Random) -> Example:
        """Of either kind there must be one."""
        if rng.random() < _NEAR_MISSES:
            asked = rng.choice(self._near)
            shown = rng.choice(asked.candidates[:_NEAREST])
        else:
            asked = rng.choice(self._found)
            shown = rng.choice([c for c in asked.candidates if c.right])
            # A right citation without the wording may tell it in other words.
            nearest = asked.candidates[:_NEAREST]
            without = [c for c in nearest if not c.citation and not c.right]
            if without and rng.random() < _ELSEWHERE:
                shown = rng.choice(without)
        return Example(asked.question.question, shown.passage, shown.right)


def gathered(sets: Sequence[Path], cache: Path, progress: Console) -> Iterator[Asked]:
    """The questions about sets of articles; none that follows another one or is off subject.

    Raises:
        EvaluationError: a question can't be read, or the articles don't bear it out.
        VectorstoreError: the store or the model can't be used.
    """
    for folder in sets:
        progress.print(f"Finding passages for the questions about {folder.name} …")
        files = (folder / name for name in _QUESTIONS)
        questions = [q for path in files if path.is_file() for q in load(path)]
        with (
            TemporaryDirectory() as place,
            ingested(folder / "articles", Path(place), cache) as corpus,
        ):
            check(questions, corpus.paragraphs)
            for question in questions:
                if question.after is None and question.kind != "off_subject":
                    yield _asked(question, corpus)


def _asked(question: GoldenQuestion, corpus: Corpus) -> Asked:
    documents = corpus.store.retriever.search(clean(question.question), _PASSAGES)
    ids = [int(document.metadata["passage_id"]) for document in documents]
    passages = corpus.store.catalog.passages(ids)
    candidates = (
        _candidate(question, document, passages[number], corpus)
        for document, number in zip(documents, ids, strict=True)
    )
    return Asked(question, tuple(candidates))


def _candidate(
    question: GoldenQuestion, document: Document, passage: Passage, corpus: Corpus
) -> Candidate:
    place = corpus.files[passage.article_id], passage.paragraph
    citation = place in question.paragraphs
    texts = tuple(passage.sentence_texts)
    right = frozenset(
        n
        for n, text in enumerate(texts)
        if citation and any(states(text, item) for item in question.answers)
    )
    return Candidate(Readable(str(document.metadata["title"]), texts), right, citation)
