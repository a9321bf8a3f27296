"""How often the right paragraph is found: ours beside what people would otherwise build."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from evaluation import xquad
from evaluation.baselines import Bm25, Dense, Ranker, ReciprocalRankFusion
from evaluation.cache import CachedEmbeddings, CachedStates
from evaluation.errors import EvaluationError
from evaluation.metrics import ndcg_at, recall_at
from evaluation.xquad import MIXED, Paragraph, Question, Translation
from ingest.embed import embed_passages
from ingest.sentences import sentences
from vectorstore import (
    Article,
    HybridRetriever,
    LateInteraction,
    Passage,
    Vectorstore,
    VectorstoreSettings,
    open_vectorstore,
)
from vectorstore.embeddings import BundledEmbeddings, load_embeddings
from vectorstore.late import Constants

OURS = "Newsdesk"
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Task:
    """Questions in one language over paragraphs in another, or in a mixture of all."""

    questions: str
    paragraphs: str

    @property
    def name(self) -> str:
        return f"{self.questions}>{self.paragraphs}"

    @staticmethod
    def parse(name: str) -> "Task":
        """Read ``en>es`` or ``en>mixed``; raises ``ValueError``."""
        questions, arrow, paragraphs = name.strip().partition(">")
        if not arrow or questions not in xquad.LANGUAGES:
            raise ValueError(name)
        if paragraphs not in (*xquad.LANGUAGES, MIXED):
            raise ValueError(name)
        return Task(questions, paragraphs)


DEFAULT_TASKS = tuple(Task.parse(t) for t in ("en>en", "en>es", "en>de", "es>en", "en>mixed"))


@dataclass(frozen=True, slots=True)
class Result:
    """Means over the questions of a task."""

    task: str
    retriever: str
    recall_1: float
    recall_5: float
    recall_10: float
    ndcg_10: float


@dataclass(frozen=True, slots=True)
class Ours:
    """The product's retriever; its documents as places in the corpus."""

    retriever: HybridRetriever
    places: Mapping[tuple[str, int], int]
    """By article id and paragraph."""

    def rank(self, question: str, k: int) -> list[int]:
        found = self.retriever.search(question, k)
        return [self.places[d.metadata["article_id"], d.metadata["paragraph"]] for d in found]


def measure(
    folder: Path, tasks: Sequence[Task], cache: Path, progress: Console
) -> Iterator[Result]:
    """The results of each task, as they come.

    Raises:
        EvaluationError: files are missing or broken, or the cache can't be used.
        VectorstoreError: the store or the model can't be used.
    """
    translations = xquad.load(folder, _languages(folder, tasks))
    with (
        progress.status("Loading the embedding model") as status,
        closing(_embeddings(cache)) as model,
    ):
        for task in tasks:
            corpus = _corpus(task, translations)
            status.update(f"{task.name}: embedding {len(corpus)} paragraphs")
            with _rankers(corpus, model) as rankers:
                for name, ranker in rankers.items():
                    questions = translations[task.questions].questions
                    status.update(f"{task.name}: {len(questions)} questions to {name}")
                    yield _result(task, name, ranker, questions)


def table(results: Sequence[Result]) -> Table:
    """The results for people: the best of each task in bold."""
    shown = Table(title="The right paragraph among the first (percent)", title_justify="left")
    for heading in ("questions>articles", "retriever"):
        shown.add_column(heading)
    for heading in ("R@1", "R@5", "R@10", "nDCG@10"):
        shown.add_column(heading, justify="right")
    for task in dict.fromkeys(r.task for r in results):
        rows = [r for r in results if r.task == task]
        best = max(rows, key=lambda r: r.recall_1)
        for row in rows:
            values = (row.recall_1, row.recall_5, row.recall_10, row.ndcg_10)
            style = "bold" if row is best else ""
            shown.add_row(task, row.retriever, *(f"{100 * v:.1f}" for v in values), style=style)
        shown.add_section()
    return shown


def _languages(folder: Path, tasks: Sequence[Task]) -> tuple[str, ...]:
    """What has to be loaded; everything there is, in a fixed order, where a task mixes them."""
    present = xquad.available(folder)
    mixes = any(t.paragraphs == MIXED for t in tasks)
    needed = {language for t in tasks for language in (t.questions, t.paragraphs)} - {MIXED}
    missing = [f"xquad.{name}.json" for name in xquad.LANGUAGES if name in needed - {*present}]
    if missing:
        raise EvaluationError(
            f"{folder} lacks {', '.join(missing)}: put XQuAD's files there, from {xquad.ORIGIN}."
        )
    if mixes and len(present) < 2:
        raise EvaluationError(
            f"A mixed task needs XQuAD's files of two languages or more in {folder}; they are at "
            f"{xquad.ORIGIN}."
        )
    return present if mixes else tuple(name for name in present if name in needed)


def _corpus(task: Task, translations: Mapping[str, Translation]) -> tuple[Paragraph, ...]:
    if task.paragraphs == MIXED:
        return xquad.mix(translations)
    return translations[task.paragraphs].paragraphs


def _embeddings(cache: Path) -> CachedEmbeddings:
    return CachedEmbeddings(load_embeddings(VectorstoreSettings().embeddings), cache)


@contextmanager
def _rankers(
    corpus: Sequence[Paragraph], embeddings: CachedEmbeddings
) -> Iterator[dict[str, Ranker]]:
    """All that is compared, by name, over one corpus."""
    texts = [p.embedded for p in corpus]
    dense = Dense(texts, embeddings)
    with (
        closing(Bm25(texts)) as bm25,
        TemporaryDirectory() as folder,
        closing(_store(Path(folder))) as store,
    ):
        yield {
            "dense": dense,
            "BM25": bm25,
            "plain RRF": ReciprocalRankFusion(dense, bm25),
            OURS: _ours(store, corpus, embeddings),
        }


def _store(folder: Path) -> Vectorstore:
    """An empty store: never on the server that people's articles are on."""
    return open_vectorstore(VectorstoreSettings(path=folder, chroma_url=None))


def _ours(store: Vectorstore, corpus: Sequence[Paragraph], embeddings: CachedEmbeddings) -> Ours:
    """Fill the store as ingest does."""
    places: dict[tuple[str, int], int] = {}
    late = _late(store, embeddings)
    for number in dict.fromkeys(p.article for p in corpus):
        own = [place for place, p in enumerate(corpus) if p.article == number]
        first = corpus[own[0]]
        article = Article(f"xquad/{number}", first.title, language=first.language)
        passages = [_passage(corpus[i]) for i in own]
        vectors = embed_passages(embeddings, late, article, passages, lambda _: None)
        store.catalog.replace(article, list(zip(passages, vectors, strict=True)))
        places |= {(article.id, corpus[i].number): i for i in own}
    store.index.apply()
    retriever = store.retriever.model_copy(update={"embeddings": embeddings, "late": late})
    return Ours(retriever, places)


def _late(store: Vectorstore, embeddings: CachedEmbeddings) -> LateInteraction | None:
    """The store's late interaction, reading from the cache."""
    if not isinstance(store.embeddings, BundledEmbeddings):
        return None
    return LateInteraction(CachedStates(store.embeddings, embeddings), Constants.shipped())


def _passage(paragraph: Paragraph) -> Passage:
    spans = tuple(sentences(paragraph.text, paragraph.language))
    return Passage(paragraph.number, 0, paragraph.text, spans)


def _result(task: Task, name: str, ranker: Ranker, questions: Sequence[Question]) -> Result:
    found = [(ranker.rank(q.text, _DEPTH), (q.paragraph,)) for q in questions]
    recall = {k: fmean(recall_at(k, ranked, right) for ranked, right in found) for k in (1, 5, 10)}
    ndcg = fmean(ndcg_at(10, ranked, right) for ranked, right in found)
    return Result(task.name, name, recall[1], recall[5], recall[10], ndcg)
