"""What the bot counts and measures, for Prometheus; no label has more than a handful of values."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)

from bot.errors import BotError, ChatFailure
from bot.workers import Busy
from ingest.report import IngestReport, Outcome

QuestionOutcome = Literal["answered", "not_in_articles", "busy", "invalid", "failed"]

# Those of ``Answerer`` between waiting for a thread and sending the answer.
STAGES = ("wait", "understand", "retrieve", "read", "compose", "chat_model", "deliver")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One process's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.version = Info("newsdesk", "The version that runs.", registry=self.registry)
        self.unforeseen = self._counter("unforeseen_errors", "Errors that nobody foresaw.")
        self.loop_lag = self._histogram(
            "event_loop_lag_seconds", "How late the event loop was, measured once a second."
        )
        self.queued = self._gauge("queue", "What runs and what waits.", "queue")
        self.stopping = self._gauge("stopping", "1 while it drains.")
        self._of_questions()
        self._of_articles()
        self._of_discord()

    def _of_questions(self) -> None:
        self.questions = self._counter(
            "questions", "Questions, by outcome.", "outcome", get_args(QuestionOutcome)
        )
        self.question_seconds = self._histogram(
            "question_seconds", "From a question's acceptance to its answer in Discord."
        )
        self.stage_seconds = self._histogram(
            "question_stage_seconds", "Parts of answering a question.", "stage", STAGES
        )
        self.chat_failures = self._counter(
            "chat_model_failures",
            "Failures of the chat model, by reason; the quotes are given then.",
            "reason",
            get_args(ChatFailure),
        )

    def _of_articles(self) -> None:
        self.ingested = self._counter(
            "ingested", "Articles read by the bot, by outcome.", "outcome", get_args(Outcome)
        )
        self.feed_polls = self._counter(
            "feed_polls", "Polls of feeds, by outcome.", "outcome", ("ok", "failed")
        )
        self.articles = self._gauge("articles", "Articles in the catalog.")
        self.passages = self._gauge("passages", "Passages in the catalog.")
        self.index_pending = self._gauge(
            "index_pending_changes", "Changes of the catalog that the index has not applied yet."
        )
        self.index_failing = self._gauge(
            "index_failing", "1 while the index can't be brought up to date."
        )
        self.index_phase = self._gauge("index_phase", "1 for the phase that it is in.", "phase")
        self.index_passages = self._gauge(
            "index_passages", "Passages that the index has; newsdesk_passages is all there are."
        )
        self.index_trouble = self._gauge(
            "index_trouble", "1 while questions have to do without the index."
        )

    def _of_discord(self) -> None:
        self.servers = self._gauge("servers", "Servers it is in.")
        self.gateway_state = self._gauge("gateway_state", "1 for the state it is in.", "state")
        self.gateway_latency = self._gauge("gateway_latency_seconds", "Of the last heartbeat.")
        self.gateway_silent = self._gauge(
            "gateway_silent_seconds", "Since Discord last answered a heartbeat."
        )

    def _counter(
        self, name: str, documentation: str, label: str = "", values: Iterable[str] = ()
    ) -> Counter:
        labels = [label] if label else []
        counter = Counter(f"newsdesk_{name}", documentation, labels, registry=self.registry)
        _begin(counter, values)
        return counter

    def _histogram(
        self, name: str, documentation: str, label: str = "", values: Iterable[str] = ()
    ) -> Histogram:
        histogram = Histogram(
            f"newsdesk_{name}",
            documentation,
            [label] if label else [],
            buckets=_SECONDS,
            registry=self.registry,
        )
        _begin(histogram, values)
        return histogram

    def _gauge(self, name: str, documentation: str, label: str = "") -> Gauge:
        labels = [label] if label else []
        return Gauge(f"newsdesk_{name}", documentation, labels, registry=self.registry)

    def stage(self, stage: str, seconds: float) -> None:
        self.stage_seconds.labels(stage).observe(seconds)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        finally:
            self.stage(stage, perf_counter() - began)

    @contextmanager
    def question(self) -> Iterator[Callable[[QuestionOutcome], None]]:
        """Counts a question once: by the outcome that the block tells, or by its error."""
        began = perf_counter()
        told: list[QuestionOutcome] = []
        try:
            yield told.append
        except Exception as error:
            told.append(outcome_of(error))
            raise
        finally:
            if told:
                self.questions.labels(told[-1]).inc()
                self.question_seconds.observe(perf_counter() - began)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Counts a question that found no place."""
        try:
            yield
        except Busy:
            self.questions.labels("busy").inc()
            raise

    def chat_failed(self, reason: str) -> None:
        self.chat_failures.labels(reason).inc()

    def count_reports(self, reports: Iterable[IngestReport]) -> None:
        for report in reports:
            self.ingested.labels(report.outcome).inc()


def _begin(metric: Counter | Histogram, values: Iterable[str]) -> None:
    """What has not happened yet is 0, not absent: an alert can be written before the failure."""
    for value in values:
        metric.labels(value)


def outcome_of(error: Exception) -> QuestionOutcome:
    """What a question came to that ended in an error."""
    if isinstance(error, Busy):
        return "busy"
    return "invalid" if isinstance(error, BotError) else "failed"
