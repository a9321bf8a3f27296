"""The composer with a chat model: its sentences are checked one by one before anybody sees them."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.answering.chat import ChatModel
from bot.answering.checking import SentenceCheck, Source
from bot.answering.markdown import escape
from bot.answering.phrases import phrases
from bot.answering.prompts import answer_messages
from bot.answering.question import Question
from bot.errors import ChatModelError
from ingest.sentences import sentences

log = logging.getLogger(__name__)

_NUMBERS = r"\[\s*\d+(?:\s*[,;]\s*\d+)*\s*\]"
_MARKERS = re.compile(rf"(?:\s*{_NUMBERS})+")
_ENDED = re.compile(rf"(?:\s*{_NUMBERS})+[.!?…]*(?=\s)")
_MARKER_COMES = re.compile(rf"\s*(?:{_NUMBERS}\s*)*(?:\[[\d\s,;]*)?[.!?…]*")
# Longer than any sentence with its marker: what has none so far never gets one.
_MOST_UNMARKED = 1500


@dataclass(frozen=True, slots=True)
class Written:
    """Sentences that passed the check."""

    text: str
    """Markdown."""
    markers: frozenset[int]
    """Of the sources that they cite."""


def write(
    chat: ChatModel,
    check: SentenceCheck,
    question: Question,
    sources: Sequence[Source],
    deadline: float,
    on_text: Callable[[str], None] | None = None,
) -> Written:
    """An answer from these sources, in the question's language.

    ``on_text`` is called with all of the text accepted so far, whenever a sentence more is.

    Raises:
        ChatModelError: too slow, too long, out of order, or no sentence passed the check.
    """
    reply = chat.start(answer_messages(question.text, question.language, sources), deadline)
    accepted: list[str] = []
    cited: set[int] = set()
    for raw in marked_sentences(reply.pieces()):
        passed = _checked(raw, check, question.language, sources)
        if passed is None or passed[0] in accepted:
            continue
        accepted.append(passed[0])
        cited |= passed[1]
        if on_text:
            on_text(_text(question, accepted, cited, sources))
    if not accepted:
        raise ChatModelError("The chat model wrote nothing that the articles support.", "unfounded")
    return Written(_text(question, accepted, cited, sources), frozenset(cited))


def marked_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Text up to and including its markers, as soon as it is known that no more of them follow.

    Raises:
        ChatModelError: text without an end.
    """
    rest = ""
    for piece in pieces:
        rest += piece
        while end := _ENDED.search(rest):
            # "[1] [2]": the next marker may still be coming.
            if _MARKER_COMES.fullmatch(rest, end.end()):
                break
            yield rest[: end.end()]
            rest = rest[end.end() :]
        if len(rest) > _MOST_UNMARKED:
            raise ChatModelError("The chat model wrote without an end.", "babbling")
    if rest.strip():
        yield rest


def _checked(
    raw: str, check: SentenceCheck, language: str, sources: Sequence[Source]
) -> tuple[str, frozenset[int]] | None:
    """A sentence as it is shown and what it cites; None when it may not be shown."""
    found = list(_MARKERS.finditer(raw))
    markers = frozenset(int(n) for m in found for n in re.findall(r"\d+", m.group()))
    text = " ".join(_MARKERS.sub("", raw).split())
    spans = sentences(text, language)
    if not spans or not found:
        return None
    # Only the last one has a marker; a "He …" whose sentence before is dropped would hang in the
    # air, but not say anything that its source doesn't.
    text = text[spans[-1].start : spans[-1].end]
    by_marker = {source.citation.marker: source for source in sources}
    if not markers or not markers <= by_marker.keys():
        fault = "marker"
    else:
        cited = [by_marker[n] for n in sorted(markers)]
        fault = check.fault(text, language, cited) or ""
    if fault:
        # Not the text: what is asked and told is nobody's business.
        log.info("A sentence of the chat model was left out: %s.", fault)
        return None
    return f"{escape(text)} {''.join(f'[{n}]' for n in sorted(markers))}", markers


def _text(
    question: Question, accepted: Sequence[str], cited: set[int], sources: Sequence[Source]
) -> str:
    used = [s.citation for s in sources if s.citation.marker in cited]
    lines = []
    if question.about_the_past and {c.certainty for c in used} == {"expected"}:
        marks = "".join(f"[{c.marker}]" for c in used)
        lines.append(f"**{phrases(question.language).only_expected}** {marks}")
    return "\n\n".join([*lines, " ".join(accepted)])
