"""Markdown cut into parts that fit a message, never inside what only means something whole."""

import re
from collections.abc import Iterable, Iterator

# [resources/message] in Discord's documentation.
CONTENT_LIMIT = 2000
EMBED_LIMIT = 4096

# An address: backquotes in it begin no code.
_URL = r"https?://[^\s<\\\[\]]+"
_WHOLE = re.compile(
    rf"{_URL}"
    r"|\\."  # an escaped character: also what looks like the beginning of one of the others
    r"|```.*?(?:```|\Z)"
    r"|`[^`\n]+`"
    r"|\[\d+\]"
    # Brackets within a link's words are escaped; an open one ends the search for its end.
    r"|\[(?:\\.|[^\[\]\\\n])*+\]\(<[^>\n]*>\)"
    r"|\*\*(?:\\.|[^*\\\n])+\*\*",
    re.DOTALL,
)
_FENCED = re.compile(_URL + r"|\\.|```(?P<head>[^\n`]*\n)?(?P<body>.*?)(?:```|\Z)", re.DOTALL)
# The best places first. A place is where the match ends.
_BREAKS = tuple(
    re.compile(pattern) for pattern in (r"\n\n", r"\n", r"[.!?…][”»\"’')]*\s|[。！？]", r"\s")
)


def split(markdown: str, limit: int) -> list[str]:
    """Parts of at most ``limit`` characters, cut between paragraphs, lines, sentences or words.

    A word is only cut if it is longer than a part by itself; a code block longer than that is
    continued in a code block of its own.
    """
    parts = []
    rest = _FENCED.sub(lambda block: _continued(block, limit), markdown).strip()
    while len(rest) > limit:
        at = _cut(rest, limit)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts


def shorten(markdown: str, limit: int) -> str:
    """The first words, and an ellipsis where something is left out."""
    text = markdown.strip()
    if len(text) <= limit:
        return text
    return f"{split(text, limit - 2)[0]} …"


def pages(blocks: Iterable[str], between: str, limit: int) -> list[str]:
    """Blocks joined to as few pages as hold them in order; each block must fit the limit."""
    filled: list[str] = []
    for block in blocks:
        if filled and len(filled[-1]) + len(between) + len(block) <= limit:
            filled[-1] += between + block
        else:
            filled.append(block)
    return filled


def _cut(text: str, limit: int) -> int:
    whole = [match.span() for match in _WHOLE.finditer(text) if match.start() < limit]
    whole = [(start, end) for start, end in whole if end - start <= limit]
    near = list(_places(text, limit // 2, limit, whole))
    if near:
        return near[0]
    spaces = [at for at in _ends(_BREAKS[-1], text, limit, whole) if text[:at].strip()]
    return max(spaces) if spaces else _cut_in_word(text, limit, whole)


def _places(text: str, least: int, limit: int, whole: list[tuple[int, int]]) -> Iterator[int]:
    """The last good place of each kind, the best kind first."""
    for kind in _BREAKS[:-1]:
        found = [at for at in _ends(kind, text, limit, whole) if at > least]
        if found:
            yield max(found)


def _ends(
    kind: re.Pattern[str], text: str, limit: int, whole: list[tuple[int, int]]
) -> Iterator[int]:
    for match in kind.finditer(text, 0, limit + 1):
        # A space just behind the limit falls away.
        fits = match.end() <= limit or match[0][-1].isspace()
        if fits and not any(start < match.end() < end for start, end in whole):
            yield match.end()


def _cut_in_word(text: str, limit: int, whole: list[tuple[int, int]]) -> int:
    at = next((start for start, end in whole if start < limit < end), limit)
    head = text[: at or limit]
    backslashes = len(head) - len(head.rstrip("\\"))
    return len(head) - backslashes % 2 or len(head)


def _continued(block: re.Match[str], limit: int) -> str:
    """A code block that is too long for a part, as several."""
    if len(block[0]) <= limit or block["body"] is None:
        return block[0]
    head = block["head"] or "\n"
    room = limit - len(f"```{head}\n```")
    if room < 1:
        return block[0]
    lines = [
        line[at : at + room]
        for line in block["body"].strip("\n").split("\n")
        for at in range(0, len(line) or 1, room)
    ]
    return "\n".join(f"```{head}{page}\n```" for page in pages(lines, "\n", room))
