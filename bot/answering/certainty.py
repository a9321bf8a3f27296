"""How certain a sentence is of what it says, by the words of its language."""

from bot.answering.answer import Certainty
from bot.answering.cues import cues


def certainty_of(sentence: str, language: str) -> Certainty:
    """``expected`` for what has not happened yet (future, conditional, "is expected"), ``claimed``
    for what somebody is said to have said, else ``reported``.

    Both at once is ``expected``: taking an announcement for an event is the worse mistake.
    """
    found = cues(language)
    if found.says_any("expected", sentence) or found.says_any("inflected", sentence):
        return "expected"
    return "claimed" if found.says_any("claimed", sentence) else "reported"


def overall(certainties: set[Certainty]) -> Certainty:
    """One word for several sentences: theirs if they agree."""
    return next(iter(certainties)) if len(certainties) == 1 else "mixed"
