"""From an Answer to Discord messages that keep Discord's limits; nothing here does any I/O.

Article text is escaped so that it shows as it is, and never pings: Discord takes a backslash before
punctuation away, but looks for ``@everyone`` in the raw text, so that one gets a zero-width space.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import discord

from bot.answering.answer import Answer, Citation
from bot.answering.markdown import escape as escape_markdown
from bot.answering.phrases import phrases
from bot.texts import Words

# [resources/message] in Discord's documentation.
CONTENT_LIMIT = 2000
EMBED_LIMIT = 4096
# So that the block of a citation fits into a message without embeds.
_QUOTE_LIMIT = 1000
_TITLE_LIMIT = 200
_URL_LIMIT = 500
_DETAIL_LIMIT = 60

_FOLDERS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\]+[/\\])+")
_PING = re.compile(r"@(?=everyone|here)|(?<=<)@")
_MARKER_BEGUN = re.compile(r"\[\d*$")
_MARKER = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Reply:
    """One message, within Discord's limits."""

    content: str | None
    embed: discord.Embed | None = None

    @property
    def embeds(self) -> list[discord.Embed]:
        return [self.embed] if self.embed else []


def render(answer: Answer, words: Words, *, embeds: bool) -> list[Reply]:
    """The answer's text, then what it rests on: in embeds where the bot may send them."""
    texts = split(quiet(answer.text), CONTENT_LIMIT)
    if answer.mode == "extractive":
        # Its text is the quotes: once is enough.
        blocks = [f"**[{c.marker}]** {_reference(c, words)}" for c in answer.citations]
    else:
        blocks = [_glossed(c, answer, words) for c in answer.citations]
    heading = None
    if not answer.citations and answer.nearest:
        heading = words.nearest
        blocks = [_block(c, words, "") for c in answer.nearest]
    if not embeds:
        title = [f"**{heading}**"] if heading else []
        return [Reply(page) for page in pages([*texts, *title, *blocks], "\n\n", CONTENT_LIMIT)]
    cards = [
        discord.Embed(title=heading if not i else None, description=page)
        for i, page in enumerate(pages(blocks, "\n\n", EMBED_LIMIT))
    ]
    return _side_by_side(texts, cards)


def _side_by_side(texts: list[str], cards: list[discord.Embed]) -> list[Reply]:
    """The last text and the first card share a message."""
    if not texts or not cards:
        return [*map(Reply, texts), *(Reply(None, card) for card in cards)]
    return [
        *map(Reply, texts[:-1]),
        Reply(texts[-1], cards[0]),
        *(Reply(None, card) for card in cards[1:]),
    ]


def _glossed(citation: Citation, answer: Answer, words: Words) -> str:
    """The block of a citation, and below its quote the translation where there is one."""
    gloss = answer.glosses.get(citation.marker)
    word = phrases(answer.language).translation
    translation = f"\n*({word})* {shorten(escape(gloss), _QUOTE_LIMIT // 2)}" if gloss else ""
    return _block(citation, words, f"**[{citation.marker}]**\n", translation)


def _block(citation: Citation, words: Words, marker: str, translation: str = "") -> str:
    lines = "\n".join(f"> {escape(line)}" for line in citation.quote.strip().splitlines())
    return f"{marker}{shorten(lines, _QUOTE_LIMIT)}{translation}\n— {_reference(citation, words)}"


def _reference(citation: Citation, words: Words) -> str:
    details = [
        linked(citation.title, citation.url, words),
        detail(citation.site),
        detail(day(citation.published, words)),
        words.paragraph.format(number=citation.paragraph),
    ]
    return " · ".join(part for part in details if part)


def linked(title: str, url: str | None, words: Words) -> str:
    """The title, as a link where the address can be one."""
    shown = shorten(escape(" ".join(title.split())), _TITLE_LIMIT) or words.untitled
    address = re.sub(r"[\s<>()\\@]", lambda match: quote(match[0]), url or "")
    if not re.match(r"https?://", address) or len(address) > _URL_LIMIT:
        return shown
    # In angle brackets it gets no preview.
    return f"[{shown}](<{address}>)"


def detail(text: str | None) -> str:
    """A short piece of article text for a line of details."""
    return shorten(escape(" ".join((text or "").split())), _DETAIL_LIMIT)


def day(published: str | None, words: Words) -> str:
    """The date without the time of day."""
    return published[:10] if published else words.undated


def escape(text: str) -> str:
    """Text that Discord shows as it is."""
    return quiet(escape_markdown(text))


def without_paths(sentence: str) -> str:
    """The sentence with files by their name only: where they lie is nobody's business."""
    return _FOLDERS.sub("", sentence)


def quiet(markdown: str) -> str:
    """The same Markdown, with nothing in it that pings or looks as if it did."""
    return _PING.sub("@\u200b", markdown)


def shorten(markdown: str, limit: int) -> str:
    """As much of it as fits, at a word's end, with an ellipsis when that isn't all."""
    if len(markdown) <= limit:
        return markdown
    return split(markdown, limit - 2)[0] + " …"


def split(markdown: str, limit: int) -> list[str]:
    """Non-empty parts within the limit, cut between paragraphs, lines or words.

    Never inside a ``[1]`` or an escape sequence; inside a word only when it is longer than that.
    """
    parts = []
    rest = markdown.strip()
    while len(rest) > limit:
        at = _cut(rest, limit)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts


def _cut(text: str, limit: int) -> int:
    for mark in ("\n\n", "\n", ". "):
        at = text.rfind(mark, limit // 2, limit)
        if at > 0:
            return at + len(mark)
    spaces = [space.start() for space in re.finditer(r"\s", text[: limit + 1])]
    return spaces[-1] if spaces else _cut_in_word(text, limit)


def _cut_in_word(text: str, limit: int) -> int:
    head = text[:limit]
    begun = _MARKER_BEGUN.search(head)
    if begun and begun.start() > 1 and _MARKER.match(text, begun.start()):
        head = head[: begun.start()]
    backslashes = len(head) - len(head.rstrip("\\"))
    return len(head) - backslashes % 2


def pages(blocks: Iterable[str], between: str, limit: int) -> list[str]:
    """Blocks joined to as few pages as hold them in order; each block must fit the limit."""
    filled: list[str] = []
    for block in blocks:
        if filled and len(filled[-1]) + len(between) + len(block) <= limit:
            filled[-1] += between + block
        else:
            filled.append(block)
    return filled
