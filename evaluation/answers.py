"""How good extractive answers are: is the answer in the quotes, and what if it is not there?"""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from evaluation import xquad
from evaluation.cache import CachedEmbeddings
from evaluation.retrieval import Task
from evaluation.xquad import Paragraph, Question
from ingest.embed import embed_passages
from ingest.split import split
from vectorstore import (
    Article,
    Passage,
    PassageVectors,
    Vectorstore,
    VectorstoreSettings,
    open_vectorstore,
)
from vectorstore.embeddings import NamedEmbeddings, load_embeddings

DEFAULT_TASKS = tuple(Task.parse(name) for name in ("en>en", "es>en", "en>es"))
Pairs = list[tuple[Passage, PassageVectors]]


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """Shares, over the sampled questions of a task."""

    task: str
    answered: float
    """Not refused."""
    stated: float
    """The expected answer, letter by letter, stands in the quotes."""
    right: float
    """The right paragraph is cited."""
    precision: float
    """Of the citations, those of the right paragraph."""
    citations: float
    """A question that is answered."""
    refused: float
    """Near misses: the same questions after their paragraph was removed from its article."""


def measure(
    folder: Path, tasks: Sequence[Task], sample: int, cache: Path, progress: Console
) -> Iterator[AnswerResult]:
    """The results of each task, as they come.

    Raises:
        EvaluationError: files are missing or broken, or the cache can't be used.
        VectorstoreError: the store or the model can't be used.
    """
    languages = dict.fromkeys(name for t in tasks for name in (t.questions, t.paragraphs))
    translations = xquad.load(folder, languages)
    settings = VectorstoreSettings()
    with (
        progress.status("Loading the embedding model") as status,
        closing(CachedEmbeddings(load_embeddings(settings.embeddings), cache)) as model,
    ):
        for task in tasks:
            asked, there = translations[task.questions], translations[task.paragraphs]
            status.update(f"{task.name}: embedding {len(there.paragraphs)} paragraphs")
            with TemporaryDirectory() as temporary, _Corpus(Path(temporary), model) as corpus:
                corpus.fill(there.paragraphs)
                chosen = random.Random(1).sample(range(len(asked.questions)), sample)
                status.update(f"{task.name}: {sample} questions, twice")
                trials = [
                    corpus.trial(asked.questions[i], there.questions[i].answer) for i in chosen
                ]
            yield _result(task, trials)


def table(results: Sequence[AnswerResult]) -> Table:
    """The results for people, in percent but for the citations."""
    shown = Table(title="Extractive answers (percent)", title_justify="left")
    shown.add_column("questions>articles")
    for heading in (
        "answered",
        "stated",
        "right ¶",
        "precision",
        "citations",
        "near misses refused",
    ):
        shown.add_column(heading, justify="right")
    for result in results:
        shares = (result.answered, result.stated, result.right, result.precision)
        shown.add_row(
            result.task,
            *(f"{100 * share:.1f}" for share in shares),
            f"{result.citations:.2f}",
            f"{100 * result.refused:.1f}",
        )
    return shown


@dataclass(frozen=True, slots=True)
class _Trial:
    answer: Answer
    stated: bool
    right: float
    """The share of its citations that are of the right paragraph."""
    near_miss_refused: bool


class _Corpus:
    """XQuAD's paragraphs in a store of their own, made as ingest makes it."""

    def __init__(self, folder: Path, model: NamedEmbeddings) -> None:
        # Never on the server that people's articles are on.
        self._store: Vectorstore = open_vectorstore(
            VectorstoreSettings(path=folder, chroma_url=None)
        )
        retriever = self._store.retriever.model_copy(update={"embeddings": model})
        self._answerer = Answerer(self._store.catalog, retriever)
        self._model = model
        self._articles: list[tuple[Article, Pairs]] = []
        self._paragraphs: Sequence[Paragraph] = ()

    def __enter__(self) -> "_Corpus":
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def fill(self, paragraphs: Sequence[Paragraph]) -> None:
        self._paragraphs = paragraphs
        for number in dict.fromkeys(p.article for p in paragraphs):
            own = [p for p in paragraphs if p.article == number]
            article = Article(f"xquad/{number}", own[0].title, language=own[0].language)
            passages = split([p.text for p in own], article.language)
            vectors = embed_passages(
                self._model, self._store.late, article, passages, lambda _: None
            )
            pairs = list(zip(passages, vectors, strict=True))
            self._articles.append((article, pairs))
            self._store.catalog.replace(article, pairs)
        self._store.index.apply()

    def trial(self, question: Question, expected: str) -> _Trial:
        right = self._paragraphs[question.paragraph]
        article, pairs = self._articles[right.article]
        answer = self._answerer.answer(question.text)
        places = [(c.article_id, c.paragraph) for c in answer.citations]
        self._store.catalog.replace(article, [p for p in pairs if p[0].paragraph != right.number])
        without = self._answerer.answer(question.text)
        self._store.catalog.replace(article, pairs)
        return _Trial(
            answer,
            any(expected in citation.quote for citation in answer.citations),
            places.count((article.id, right.number)) / len(places) if places else 0.0,
            without.status == "not_in_articles",
        )


def _result(task: Task, trials: Sequence[_Trial]) -> AnswerResult:
    answered = [trial for trial in trials if trial.answer.status == "answered"]
    return AnswerResult(
        task.name,
        len(answered) / len(trials),
        fmean(trial.stated for trial in trials),
        fmean(trial.right > 0 for trial in trials),
        fmean(trial.right for trial in answered),
        fmean(len(trial.answer.citations) for trial in answered),
        fmean(trial.near_miss_refused for trial in trials),
    )
