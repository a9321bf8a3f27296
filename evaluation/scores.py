"""What answers to golden questions are worth; README.md defines the measures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median

from evaluation.golden import GoldenQuestion, Place, states
from evaluation.metrics import ndcg_at
from evaluation.systems import Response, System, Unit

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, what one system found and answered, and what that is worth."""

    question: GoldenQuestion
    response: Response
    ranks: Mapping[int, float]
    """1 where a right paragraph is among the first k, else 0, by k; empty: unanswerable."""
    ndcg: float

    @property
    def answered(self) -> bool:
        return bool(self.response.quotes)

    @property
    def stated(self) -> float:
        """The share of the answer's items that stand in the quotes."""
        return _stated(self.question, (quote.text for quote in self.response.quotes))

    @property
    def supported(self) -> float:
        """The share of the items that stand in quotes of the right paragraphs."""
        right = {*self.question.paragraphs}
        quotes = (quote.text for quote in self.response.quotes if quote.places & right)
        return _stated(self.question, quotes)

    @property
    def precision(self) -> float:
        """Of the paragraphs that are shown, the share of the right ones."""
        right = {*self.question.paragraphs}
        shown = [place for quote in self.response.quotes for place in quote.places]
        return sum(place in right for place in shown) / len(shown)

    @property
    def certain(self) -> bool:
        """No quote is said to be more or less certain than the articles make the answer."""
        said = {quote.certainty for quote in self.response.quotes}
        return said <= self.question.certainties

    @property
    def overall_certain(self) -> bool:
        """The answer as a whole is said to be as certain as the articles make it; mixed only where
        that may be more than one."""
        allowed = self.question.certainties
        if self.response.certainty == "mixed":
            return len(allowed) > 1 and self.certain
        return self.response.certainty in allowed

    @property
    def answer_certain(self) -> bool | None:
        """The same of the quotes that state the answer; None: no quote does."""
        said = {
            quote.certainty
            for quote in self.response.quotes
            if any(states(quote.text, item) for item in self.question.answers)
        }
        return said <= self.question.certainties if said else None


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over questions, as shares; None where no question is of the kind that is measured."""

    questions: int
    recall_1: float | None
    recall_5: float | None
    recall_10: float | None
    ndcg_10: float | None
    answer_in_quote: float | None
    all_items_in_quote: float | None
    citation_precision: float | None
    citation_recall: float | None
    overall_certainty: float | None
    certainty: float | None
    certainty_of_answer: float | None
    false_answers_off_subject: float | None
    false_answers_near_miss: float | None
    false_refusals: float | None
    parity_gap_recall_1: float | None
    parity_gap_answer: float | None
    citations: float | None
    """An answer."""
    median_seconds: float

    def to_json(self) -> dict[str, float | None]:
        return asdict(self)


def attempt(system: System, question: GoldenQuestion) -> Trial:
    """Ask one question."""
    # Asked before it is ranked: the embedder remembers questions, and would seem faster.
    response = system.ask(question.question, question.after)
    if not question.answerable:
        return Trial(question, response, {}, 0.0)
    right = {*question.paragraphs}
    ranked = system.rank(question.question, _DEPTH)
    ranks = {k: float(any(unit & right for unit in ranked[:k])) for k in (1, 5, 10)}
    return Trial(question, response, ranks, _ndcg(ranked, system.units, right))


def score(trials: Sequence[Trial], languages: Mapping[str, str]) -> Scores:
    """The figures of some trials of one system; ``languages``: of each file."""
    answerable = [t for t in trials if t.question.answerable]
    answered = [t for t in answerable if t.answered]
    judged = [t for t in answered if t.question.certainties]
    # Without what was asked before, a follow-up can't be searched for.
    alone = [t for t in answerable if t.question.after is None]
    return Scores(
        questions=len(trials),
        recall_1=_mean(t.ranks[1] for t in alone),
        recall_5=_mean(t.ranks[5] for t in alone),
        recall_10=_mean(t.ranks[10] for t in alone),
        ndcg_10=_mean(t.ndcg for t in alone),
        answer_in_quote=_mean(t.stated for t in answerable),
        all_items_in_quote=_mean(t.stated == 1 for t in answerable),
        citation_precision=_mean(t.precision for t in answered),
        citation_recall=_mean(t.supported for t in answerable),
        overall_certainty=_mean(t.overall_certain for t in judged),
        certainty=_mean(t.certain for t in judged),
        certainty_of_answer=_mean(c for t in judged if (c := t.answer_certain) is not None),
        false_answers_off_subject=_mean(
            t.answered for t in trials if t.question.kind == "off_subject"
        ),
        false_answers_near_miss=_mean(t.answered for t in trials if t.question.kind == "near_miss"),
        false_refusals=_mean(not t.answered for t in answerable),
        parity_gap_recall_1=_gap(alone, languages, lambda t: t.ranks[1]),
        parity_gap_answer=_gap(alone, languages, lambda t: t.stated),
        citations=_mean(len(t.response.quotes) for t in answered),
        median_seconds=median(t.response.seconds for t in trials),
    )


def _gap(
    trials: Iterable[Trial], languages: Mapping[str, str], worth: Callable[[Trial], float]
) -> float | None:
    """How much better a question fares in a language of the paragraphs that answer it.

    The mean, over questions that were asked both so and in other languages, of the difference.
    Questions are parallel when they have the same answers and paragraphs.
    """
    parallel: dict[tuple[object, ...], tuple[list[float], list[float]]] = {}
    for trial in trials:
        asked = trial.question
        own, others = parallel.setdefault((asked.kind, asked.answers, asked.paragraphs), ([], []))
        theirs = {languages[name] for name, _ in asked.paragraphs}
        (own if asked.language in theirs else others).append(worth(trial))
    both = (pair for pair in parallel.values() if all(pair))
    return _mean(fmean(own) - fmean(others) for own, others in both)


def _stated(question: GoldenQuestion, quotes: Iterable[str]) -> float:
    text = "\n".join(quotes)
    return fmean(states(text, item) for item in question.answers)


def _ndcg(ranked: Sequence[Unit], units: Sequence[Unit], right: set[Place]) -> float:
    return ndcg_at(_DEPTH, ranked, [unit for unit in units if unit & right])


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None
