"""Articles in Discord's Markdown: a title that opens its page, a quote and where it stands."""

from collections.abc import Sequence

from bot.answering.answer import Citation
from bot.answering.invisible import isolated, visible
from bot.escaping import escape
from bot.page_links import host_of, names_another_host, page_link
from bot.splitting import CONTENT_LIMIT, shorten
from bot.texts import Words
from vectorstore import Article
from vectorstore.article import later_change

QUOTE_LIMIT = 1000
TITLE_LIMIT = 200
_URL_LIMIT = 700
_DETAIL_LIMIT = 60
_ALSO_NAMED = 3
_ALSO_URL_LIMIT = 150
# Passages are shown by their first 300 characters, up to a word's end: shorter ones are whole.
_OPENING = 200
_ENDS = '.!?…。！？।؟"”’»›)'


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
    room = min(QUOTE_LIMIT, CONTENT_LIMIT - len(before) - len(foot))
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
    shown = isolated(shorten(escape(plain), TITLE_LIMIT)) or words.untitled
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
