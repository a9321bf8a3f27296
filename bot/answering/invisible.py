"""Characters that nobody sees, and that change what everybody reads.

Direction controls show text in another order than it is stored ("Trojan Source", CVE-2021-42574);
characters without width part or join words, and hide text inside others. What is quoted keeps them
in JSON; wherever it is shown they are left out [Unicode UAX 9, UTS 39].
"""

import re
import unicodedata

# Embeddings, overrides and isolates, the deprecated formatting characters, tags, fillers, soft
# hyphens, and the spaces and joiners without width that no script needs.
_NEVER = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    # Terminals and clients do odd things with the rest of the control characters.
    "|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
# Arabic and Hebrew typists use these between words of two directions.
_MARKS = re.compile("[\u200e\u200f\u061c]")
# Persian, the scripts of India and families of emoji need these, Latin letters never.
_JOINERS = re.compile("(?<![^\x00-\u02ff])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u02ff])")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def visible(text: str) -> str:
    """The text without what nobody sees; in the order in which it is stored."""
    if text.isascii() and text.isprintable():
        return text
    text = _JOINERS.sub("", _NEVER.sub("", text))
    return text if _has_right_to_left(text) else _MARKS.sub("", text)


def isolated(text: str) -> str:
    """A piece of a line whose direction can't change how the rest of the line is shown."""
    if not _has_right_to_left(text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def _has_right_to_left(text: str) -> bool:
    letters = (c for c in text if not _MARKS.match(c))
    return any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in letters)
