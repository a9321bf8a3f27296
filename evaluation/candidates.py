"""Stored feedback as candidates for golden questions; what feedback can't tell is left empty."""

import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from bot.answering.answer import Citation
from bot.answering.conversation import leaned_on
from bot.answering.question import Question, read_question
from bot.records import Delivered, Feedback, Records
from evaluation.errors import EvaluationError
from vectorstore import VectorstoreSettings, open_catalog

# Who somebody writes about in Discord.
_MENTION = re.compile(r"<@[!&]?\d+>")
_NUMBERS = frozenset({"how_many", "how_old", "how_long"})


def candidates(
    settings: VectorstoreSettings, verdicts: Collection[str], since: date | None
) -> Iterator[dict[str, Any]]:
    """A candidate a verdict, the oldest first, as JSON objects: a golden question's keys, and
    ``verdict``, ``reason`` and ``cited``, which a golden question has not. Nothing tells who asked
    or judged.

    ``verdicts``: only these; ``since``: only those given from this day (UTC) on.

    Raises:
        EvaluationError: there is no catalog.
        CatalogError: it can't be read.
    """
    _check(settings.path)
    catalog = open_catalog(settings)
    try:
        records = Records(catalog.database)
        of_answer: dict[int, int] = {}
        for feedback in records.feedback():
            number = of_answer[feedback.answer_id] = of_answer.get(feedback.answer_id, 0) + 1
            early = since is not None and feedback.given_at.date() < since
            delivered = records.by_id(feedback.answer_id)
            # Forgotten meanwhile: its feedback goes with it.
            if delivered and feedback.verdict in verdicts and not early:
                name = f"feedback-{feedback.answer_id}-{number}"
                yield {"id": name} | _candidate(records, delivered, feedback)
    finally:
        catalog.close()


def _candidate(records: Records, delivered: Delivered, feedback: Feedback) -> dict[str, Any]:
    answer = delivered.answer
    question = read_question(answer.question)
    before = records.by_id(delivered.leans_on) if delivered.leans_on else None
    turns = leaned_on(question, records.turns(before))
    right = feedback.verdict == "helpful"
    certainties = list(dict.fromkeys(c.certainty for c in answer.citations)) if right else []
    return {
        "kind": _kind(question, delivered, right, follows=bool(turns)),
        "language": answer.language,
        "question": _anonymous(answer.question),
        "after": _anonymous(turns[-1].question) if turns else None,
        "answers": [],
        "paragraphs": _places(answer.citations) if right else [],
        "certainty": certainties[0] if len(certainties) == 1 else certainties or None,
        "split": "report",
        "verdict": feedback.verdict,
        "reason": _anonymous(feedback.reason),
        "cited": [_cited(citation) for citation in answer.citations],
    }


def _kind(question: Question, delivered: Delivered, right: bool, *, follows: bool) -> str | None:
    """What sort of question it is, as far as that is known."""
    if right and not delivered.answer.citations:
        # That the articles don't tell is right: whether it came near is for a person to say.
        return None
    if follows:
        return "follow_up"
    if right and delivered.answer.certainty in ("expected", "claimed"):
        return delivered.answer.certainty
    if question.wants_list:
        return "list"
    if question.asks & _NUMBERS:
        return "number"
    return "date" if "when" in question.asks else "fact"


def _places(citations: Collection[Citation]) -> list[tuple[str, int]]:
    return list(dict.fromkeys((_name(c.source), c.paragraph) for c in citations))


def _cited(citation: Citation) -> dict[str, Any]:
    return {
        "marker": citation.marker,
        "title": citation.title,
        "source": _name(citation.source),
        "published": citation.published,
        "paragraph": citation.paragraph,
        "quote": citation.quote,
        "certainty": citation.certainty,
    }


def _name(source: str) -> str:
    """A file as it lies in its folder; an address as it is."""
    return source if "://" in source else PurePath(source).name


def _anonymous(text: str) -> str:
    return _MENTION.sub("@…", text)


def _check(folder: Path) -> None:
    if not (folder / "catalog.sqlite3").exists():
        raise EvaluationError(
            f"There is no catalog in {folder}: VECTORSTORE_PATH names the bot's folder."
        )
