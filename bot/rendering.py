"""From an Answer to Discord messages that keep Discord's limits; nothing here does any I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import discord

from bot.answering.answer import Answer, Citation
from bot.answering.extractive import certainty_notes
from bot.answering.phrases import phrases
from bot.citing import QUOTE_LIMIT, TITLE_LIMIT, also_in, cited, reference
from bot.escaping import escape, quiet
from bot.splitting import CONTENT_LIMIT, EMBED_LIMIT, pages, shorten, split
from bot.texts import Words

# For "Page 1 of 2" in any language.
_FOOT = 50


@dataclass(frozen=True, slots=True)
class Reply:
    """One message, within Discord's limits."""

    content: str | None
    embed: discord.Embed | None = None
    view: discord.ui.View | None = None
    """Its buttons."""

    @property
    def embeds(self) -> list[discord.Embed]:
        return [self.embed] if self.embed else []


def render(
    answer: Answer, words: Words, *, embeds: bool, view: discord.ui.View | None = None
) -> list[Reply]:
    """The answer's text, then what it rests on: in embeds where the bot may send them.

    The buttons of ``view`` stand under the last message.
    """
    texts = split(quiet(answer.text), CONTENT_LIMIT)
    dated = as_of(answer.citations, words)
    replies = (
        _with_cards(texts, _blocks(answer, words), _heading(answer, words), dated)
        if embeds
        else _plain(texts, _blocks(answer, words), _heading(answer, words), dated)
    )
    return [*replies[:-1], replace(replies[-1], view=view)]


def listing(
    blocks: Sequence[str], words: Words, *, embeds: bool, page: int = 0
) -> tuple[Reply, int]:
    """A page of blocks, the last one where ``page`` is beyond it; and how many pages there are."""
    longest = (EMBED_LIMIT if embeds else CONTENT_LIMIT) - _FOOT
    parts = [part for block in blocks for part in split(block, longest)]
    filled = pages(parts, "\n\n", longest)
    number = min(page, len(filled) - 1)
    text = filled[number]
    foot = words.page.format(page=number + 1, pages=len(filled)) if len(filled) > 1 else None
    if embeds:
        return Reply(None, _card(text, foot=foot)), len(filled)
    return Reply(f"{text}\n\n*{foot}*" if foot else text), len(filled)


def as_of(citations: Sequence[Citation], words: Words) -> str | None:
    """The day of the newest article that is cited: what came later, the answer does not know."""
    if not citations:
        return None
    days = [" ".join(c.published[:10].split()) for c in citations if c.published]
    newest = max(days, default="")
    return words.as_of.format(date=newest) if newest else words.as_of_undated


def _blocks(answer: Answer, words: Words) -> list[str]:
    """What the answer rests on, a block a quote; or the passages that only come near."""
    if not answer.citations:
        return [_hedged(c, answer, words) for c in answer.nearest]
    if answer.mode == "extractive":
        # Its text is the quotes, and says how certain they are: once is enough.
        return list(_references(answer.citations, words))
    return [_hedged(c, answer, words, f"**[{c.marker}]**\n") for c in answer.citations]


def _references(citations: Sequence[Citation], words: Words) -> Iterator[str]:
    """Where each quote stands; the other articles are named once."""
    told: set[tuple[object, ...]] = set()
    for citation in citations:
        others = (citation.article_id, citation.also_in)
        line = also_in(() if others in told else citation.also_in, words, QUOTE_LIMIT)
        told.add(others)
        yield f"**[{citation.marker}]** {reference(citation, words)}{line}"


def _hedged(citation: Citation, answer: Answer, words: Words, marker: str = "") -> str:
    """A quote, its translation where there is one, and how certain it is."""
    said = phrases(answer.language)
    gloss = answer.glosses.get(citation.marker) if marker else None
    after = f"\n*({said.translation})* {shorten(escape(gloss), QUOTE_LIMIT // 2)}" if gloss else ""
    if notes := certainty_notes(citation, answer.language):
        after += f"\n*({shorten(quiet('; '.join(notes)), TITLE_LIMIT)})*"
    return cited(citation, words, before=marker, after=after, opening=not marker)


def _heading(answer: Answer, words: Words) -> str | None:
    return words.nearest if answer.nearest and not answer.citations else None


def _plain(
    texts: list[str], blocks: list[str], heading: str | None, foot: str | None
) -> list[Reply]:
    parts = [*texts, *([f"**{heading}**"] if heading else []), *blocks]
    parts += [f"*{escape(foot)}*"] if foot else []
    return [Reply(page) for page in pages(parts, "\n\n", CONTENT_LIMIT)]


def _with_cards(
    texts: list[str], blocks: list[str], heading: str | None, foot: str | None
) -> list[Reply]:
    """The last text and the first card share a message."""
    filled = pages(blocks, "\n\n", EMBED_LIMIT)
    cards = [
        _card(page, title=None if n else heading, foot=foot if n == len(filled) - 1 else None)
        for n, page in enumerate(filled)
    ]
    if not texts or not cards:
        return [*map(Reply, texts), *(Reply(None, card) for card in cards)]
    return [
        *map(Reply, texts[:-1]),
        Reply(texts[-1], cards[0]),
        *(Reply(None, card) for card in cards[1:]),
    ]


def _card(text: str, *, title: str | None = None, foot: str | None = None) -> discord.Embed:
    return discord.Embed(title=title, description=text).set_footer(text=foot)
