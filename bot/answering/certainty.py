"""How certain a sentence is of what it says, by the words of its language."""

import re
from collections.abc import Callable

from bot.answering.answer import Certainty
from bot.answering.cues import cues

# Where a clause ends that can be judged by itself. Not at "that" or "who": "it is expected that he
# comes" is one statement.
_CLAUSE_ENDS = re.compile(
    r"[,;:()–—]\s|\s(?:and|but|et|mais|y|pero|und|aber|e|ma|mas|en|maar|i|ale|и|но|і|та|але)\s|[，；。]"
)


def certainty_of(
    sentence: str, language: str, relevance: Callable[[str], float] | None = None
) -> Certainty:
    """``expected`` for what has not happened yet (future, conditional, "is expected"), ``claimed``
    for what somebody is said to have said, else ``reported``.

    ``relevance`` says how much a clause has to do with the question. Of a sentence that reports one
    thing and announces another ("the strike ended, and ferries will sail again") the relevant
    clauses decide, if each of them plainly reports; else it is ``expected``: taking an announcement
    for an event is the worse mistake.
    """
    if announces(sentence, language) and not (
        relevance and _relevant_part_reports(sentence, language, relevance)
    ):
        return "expected"
    known = cues(language)
    # "An earlier version said …" is the paper's own word on itself.
    claimed = known.says_any("claimed", sentence) and not known.says_any("corrects", sentence)
    return "claimed" if claimed else "reported"


def overall(certainties: set[Certainty]) -> Certainty:
    """One word for several sentences: theirs if they agree."""
    return next(iter(certainties)) if len(certainties) == 1 else "mixed"


def announces(text: str, language: str) -> bool:
    """Whether a text has a word or form of what is to come or only possible."""
    found = cues(language)
    return found.says_any("expected", text) or found.says_any("inflected", text)


def _relevant_part_reports(sentence: str, language: str, relevance: Callable[[str], float]) -> bool:
    relevant = relevant_clauses(sentence, _CLAUSE_ENDS, relevance)
    return bool(relevant) and all(
        "past" in cues(language).asked(clause) and not announces(clause, language)
        for clause in relevant
    )


def relevant_clauses(
    sentence: str, ends: re.Pattern[str], relevance: Callable[[str], float]
) -> list[str]:
    """The clauses that are most relevant; none where none is relevant at all."""
    clauses = {clause: relevance(clause) for clause in ends.split(sentence) if clause}
    most = max(clauses.values(), default=0.0)
    return [clause for clause, share in clauses.items() if share == most > 0]
