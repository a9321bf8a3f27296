"""From an Answer to Discord messages that keep Discord's limits; nothing here does any I/O.

Article text is escaped so that it shows as it is, and never pings: Discord takes a backslash before
punctuation away, but looks for ``@everyone`` in the raw text, so that one gets a zero-width space.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import discord

from bot.answering.answer import Answer, Citation
from bot.answering.extractive import certainty_notes
from bot.answering.invisible import isolated, visible
from bot.answering.markdown import escape as escape_markdown
from bot.answering.phrases import phrases
from bot.page_links import host_of, names_another_host, page_link
from bot.splitting import pages as pages
from bot.splitting import shorten as shorten
from bot.splitting import split as split
from bot.texts import Words
from vectorstore import Article
from vectorstore.article import later_change

# [resources/message] in Discord's documentation.
CONTENT_LIMIT = 2000
EMBED_LIMIT = 4096
_QUOTE_LIMIT = 1000
_TITLE_LIMIT = 200
_URL_LIMIT = 700
_DETAIL_LIMIT = 60
_ALSO_NAMED = 3
_ALSO_URL_LIMIT = 150
# Passages are shown by their first 300 characters, up to a word's end: shorter ones are whole.
_OPENING = 200
_ENDS = '.!?…。！？।؟"”’»›)'
# For "Page 1 of 2" in any language.
_FOOT = 50

_FOLDERS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\]+[/\\])+")
_PING = re.compile(r"@(?=everyone|here)|(?<=<)@")


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


def cited(
    citation: Citation, words: Words, *, before: str = "", after: str = "", opening: bool = False
) -> str:
    """Words of an article, and below them where they stand: a block that fits any message.

    Of an ``opening`` of a passage an ellipsis says that it goes on.
    """
    lines = "\n".join(f"> {escape(line)}" for line in citation.quote.strip().splitlines())
    if opening and len(citation.quote) >= _OPENING and lines[-1] not in _ENDS:
        lines += " …"
    foot = f"{after}\n— {reference(citation, words)}"
    foot += also_in(citation.also_in, words, CONTENT_LIMIT - len(before) - len(foot) - _OPENING)
    room = min(_QUOTE_LIMIT, CONTENT_LIMIT - len(before) - len(foot))
    return f"{before}{shorten(lines, room)}{foot}"


def reference(citation: Citation, words: Words) -> str:
    """The article, its date, and the paragraph; the title opens its page at the quote."""
    details = [
        linked(citation.title, citation.url, words, citation.quote),
        detail(citation.site),
        *map(detail, dates(citation.published, citation.modified, citation.gone, words)),
        words.paragraph.format(number=citation.paragraph),
    ]
    return " · ".join(part for part in details if part)


def also_in(articles: Sequence[Article], words: Words, room: int) -> str:
    """A line below a reference that names the other articles with the same words: with links, or
    without where these do not fit; empty where there are none."""
    more = len(articles) - _ALSO_NAMED
    said = words.also_in_more if more > 0 else words.also_in
    for links in (True, False) if articles else ():
        line = f"\n*{said.format(names=named(articles, words, links=links), count=more)}*"
        if len(line) <= room:
            return line
    return ""


def named(articles: Sequence[Article], words: Words, *, links: bool = True) -> str:
    """The first few articles: title, which opens the page, and site."""
    names = []
    for article in articles[:_ALSO_NAMED]:
        shown = detail(article.title) or words.untitled
        address = page_link(article.url, "", _ALSO_URL_LIMIT) if links else None
        site = f" ({detail(article.site)})" if article.site else ""
        names.append((f"[{shown}](<{address}>)" if address else shown) + site)
    return ", ".join(names)


def linked(title: str, url: str | None, words: Words, sentence: str = "") -> str:
    """The title, as a link where the address can be one; it opens the page at the sentence."""
    plain = visible(" ".join(title.split()))
    shown = isolated(shorten(escape(plain), _TITLE_LIMIT)) or words.untitled
    address = page_link(url, sentence, _URL_LIMIT)
    if address is None:
        return shown
    # In angle brackets it gets no preview. A title that names an address is not to be a link to
    # another: the link is named by where it leads.
    if names_another_host(plain, address):
        return f"{shown} · [{host_of(address)}](<{address}>)"
    return f"[{shown}](<{address}>)"


def detail(text: str | None) -> str:
    """A short piece of article text for a line of details."""
    return isolated(shorten(escape(" ".join((text or "").split())), _DETAIL_LIMIT))


def day(published: str | None, words: Words) -> str:
    """The date without the time of day."""
    return published[:10] if published else words.undated


def dates(published: str | None, modified: str | None, gone: str | None, words: Words) -> list[str]:
    """When an article appeared, when it was changed, since when its page is gone."""
    told = [day(published, words)]
    if changed := later_change(published, modified):
        told.append(words.modified.format(date=changed))
    if gone:
        told.append(words.gone.format(date=gone[:10]))
    return told


def escape(text: str) -> str:
    """Text that Discord shows as it is."""
    return quiet(escape_markdown(text))


def without_paths(sentence: str) -> str:
    """The sentence with files by their name only: where they lie is nobody's business."""
    return _FOLDERS.sub("", sentence)


def quiet(markdown: str) -> str:
    """The same Markdown, with nothing in it that pings or looks as if it did."""
    return _PING.sub("@\u200b", markdown)


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
        line = also_in(() if others in told else citation.also_in, words, _QUOTE_LIMIT)
        told.add(others)
        yield f"**[{citation.marker}]** {reference(citation, words)}{line}"


def _hedged(citation: Citation, answer: Answer, words: Words, marker: str = "") -> str:
    """A quote, its translation where there is one, and how certain it is."""
    said = phrases(answer.language)
    gloss = answer.glosses.get(citation.marker) if marker else None
    after = f"\n*({said.translation})* {shorten(escape(gloss), _QUOTE_LIMIT // 2)}" if gloss else ""
    if notes := certainty_notes(citation, answer.language):
        after += f"\n*({shorten(quiet('; '.join(notes)), _TITLE_LIMIT)})*"
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
