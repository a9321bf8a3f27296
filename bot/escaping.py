"""Text that others wrote, so that Discord shows it as it is.

It never pings: Discord takes a backslash before punctuation away, but looks for ``@everyone`` in
the raw text, so that one gets a zero-width space.
"""

import re

from bot.answering.markdown import escape as escape_markdown

_FOLDERS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\]+[/\\])+")
_PING = re.compile(r"@(?=everyone|here)|(?<=<)@")


def escape(text: str) -> str:
    """Text that Discord shows as it is."""
    return quiet(escape_markdown(text))


def quiet(markdown: str) -> str:
    """The same Markdown, with nothing in it that pings or looks as if it did."""
    return _PING.sub("@\u200b", markdown)


def without_paths(sentence: str) -> str:
    """The sentence with files by their name only: where they lie is nobody's business."""
    return _FOLDERS.sub("", sentence)
