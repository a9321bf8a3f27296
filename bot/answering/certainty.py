"""How certain a sentence is of what it says, by the words of its language."""

import re
from collections.abc import Callable

from bot.answering.answer import Certainty
from bot.answering.claims import Attribution, aligned, attributions, before_unsaid, speech
from bot.answering.cues import cues

# Where a clause ends that can be judged by itself. Not at "that" or "who": "it is expected that he
# comes" is one statement.
_CLAUSE_ENDS = re.compile(
    r"[,;:()–—]\s|\s(?:and|but|et|mais|y|pero|und|aber|e|ma|mas|en|maar|i|ale|и|но|і|та|але)\s|[，；。]"
)
# "…, said X" and "…”, said X": what is said stands before.
_SAID_BEFORE = re.compile(r"[,:”»“\"’—–-]\s*(?:[^\s,]+\s+){0,5}$")
_LEAST_SAID_AFTER = 3

Relevance = Callable[[str], float]


def certainty_of(
    sentence: str,
    language: str,
    relevance: Relevance | None = None,
    *,
    for_words: bool = False,
    quoted: bool = False,
) -> Certainty:
    """``expected`` for what has not happened yet (future, conditional, "is expected"), ``claimed``
    for what somebody is said to have said, else ``reported``.

    ``relevance`` says how much a clause has to do with the question. Of a sentence that reports one
    thing and announces another ("the strike ended, and ferries will sail again") the relevant
    clauses decide, if each of them plainly reports; else it is ``expected``: taking an announcement
    for an event is the worse mistake. What somebody announces is ``expected`` too, but ``claimed``
    where the question is
    ``for_words`` of somebody ("How much will it cost, according to the mayor?").

    ``quoted``: the sentence stands between quotation marks that begin before it.
    """
    # "An earlier version said …" is the paper's own word on itself.
    corrects = cues(language).says_any("corrects", sentence)
    found = () if corrects else attributions(sentence, language)
    claims = quoted or bool(found)
    if claims and for_words:
        return "claimed"
    if found and not quoted and relevance:
        frame = _relevant_frame(sentence, language, found, relevance)
        if frame is not None:
            return "expected" if announces(frame, language) else "reported"
    if announces(sentence, language) and not (
        relevance and _relevant_part_reports(sentence, language, relevance)
    ):
        return "expected"
    return "claimed" if claims else "reported"


def overall(certainties: set[Certainty]) -> Certainty:
    """One word for several sentences: theirs if they agree."""
    return next(iter(certainties)) if len(certainties) == 1 else "mixed"


def announces(text: str, language: str) -> bool:
    """Whether a text has a word or form of what is to come or only possible."""
    found = cues(language)
    text = before_unsaid(text, language)
    return found.says_any("expected", text) or found.says_any("inflected", text)


def claims(text: str, language: str) -> bool:
    """Whether a text has words that attribute what it says to somebody."""
    return bool(attributions(text, language))


def _relevant_part_reports(sentence: str, language: str, relevance: Relevance) -> bool:
    relevant = relevant_clauses(sentence, _CLAUSE_ENDS, relevance)
    return bool(relevant) and all(
        "past" in cues(language).asked(clause) and not announces(clause, language)
        for clause in relevant
    )


def _relevant_frame(
    sentence: str, language: str, found: tuple[Attribution, ...], relevance: Relevance
) -> str | None:
    """What stands before the words of somebody, if the question is about that: who, when, where.

    "The engineer in charge said in Sandreef that the cracks were harmless" reports that she was in
    Sandreef, and claims that the cracks are harmless.
    """
    first = found[0]
    before, after = sentence[: first.start], sentence[first.end :]
    if any(a.kind != "says" for a in found) or not _is_said_after(before, after, language):
        return None
    said = speech(language).that.search(aligned(after))
    frame = f"{before} {after[: said.start()] if said else ''}"
    content = after[said.end() :] if said else after
    return frame if relevance(frame) > relevance(content) else None


def _is_said_after(before: str, after: str, language: str) -> bool:
    """Whether a verb of saying introduces what follows it."""
    if speech(language).that.match(aligned(after).lstrip()):
        return True
    return len(after.split()) > _LEAST_SAID_AFTER and not _SAID_BEFORE.search(before)


def relevant_clauses(sentence: str, ends: re.Pattern[str], relevance: Relevance) -> list[str]:
    """The clauses that are most relevant; none where none is relevant at all."""
    clauses = {clause: relevance(clause) for clause in ends.split(sentence) if clause}
    most = max(clauses.values(), default=0.0)
    return [clause for clause, share in clauses.items() if share == most > 0]
