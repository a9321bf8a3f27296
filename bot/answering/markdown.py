"""Article text inside Markdown."""

import re

from bot.answering.invisible import visible

_MARKDOWN = re.compile(
    r"(?P<url>https?://[^\s<\\\[\]]+)"  # a link as it is: a backslash would be part of it
    r"|(?P<indent>^[^\S\n]*)"
    r"(?P<block>#(?=#{0,2}\s)|>(?=(?:>>)?\s)|-(?=#?\s)|\d+(?=\.\s))"
    r"|(?P<mark>[\\*_`~|<\[\]]|:(?=\w+:))",
    re.MULTILINE,
)


def escape(text: str) -> str:
    """Text as Markdown that shows it as it is: no emphasis, headings, links, or false markers, and
    nothing that nobody sees."""
    # First: a heading behind a space without width would be one once that is gone.
    return _MARKDOWN.sub(_escaped, visible(text))


def _escaped(match: re.Match[str]) -> str:
    if match["url"]:
        return match["url"]
    block = match["block"]
    if block is None:
        return "\\" + match["mark"]
    # "1." becomes "1\\.": a backslash before a digit would show.
    return match["indent"] + (block + "\\" if block.isdigit() else "\\" + block)
