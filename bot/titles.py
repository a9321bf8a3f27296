"""Titles of articles: offered while somebody types one, and the article that is meant then."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from discord import app_commands

from bot.answering.invisible import visible
from bot.errors import BotError
from bot.texts import Words
from vectorstore import SHARED, Article, Catalog
from vectorstore.searchtext import fold

if TYPE_CHECKING:
    from bot.client import Newsdesk

# [interactions/application-commands, Application Command Option Choice]
_MOST = 25
_NAME_LIMIT = 100


def audience_of(guild: int) -> str:
    """The audience of a Discord server's own articles."""
    return f"guild-{guild}"


def visible_audiences(guild: int | None, *, own_only: bool = False) -> tuple[str, ...]:
    """Whose articles are seen in a server, or (None) in a direct message."""
    own = (audience_of(guild),) if guild else ()
    return own if own_only else (SHARED, *own)


async def choices(
    client: "Newsdesk",
    guild: int | None,
    typed: str,
    own_only: bool = False,
    *,
    removed: bool = False,
) -> list[app_commands.Choice[str]]:
    """At most 25 articles of what a server sees whose title has the typed words; values are ids.

    ``own_only`` leaves the shared ones out; ``removed`` adds those that were removed and can be
    brought back. Nothing while the bot is being stopped.
    """
    if client.stopping:
        return []
    audiences = visible_audiences(guild, own_only=own_only)
    find = partial(_matching, client.store.catalog, audiences, typed, removed)
    return [
        app_commands.Choice(name=_name(article), value=article.id)
        for article in await client.lookups.run(find)
    ]


def find_article(
    catalog: Catalog, audiences: Sequence[str], named: str, said: Words, *, removed: bool = False
) -> Article:
    """The article of these audiences with an id, or else with a title that was typed in full or is
    the only one to match; blocking.

    Raises:
        BotError: there is none, or there are several.
    """
    articles = list(_articles(catalog, audiences, removed))
    wanted = fold(named.strip())
    exact = [a for a in articles if a.id == named.strip()]
    exact = exact or [a for a in articles if wanted in (fold(a.title), fold(a.source))]
    found = exact or [a for a in articles if wanted and _matches(a, wanted.split())]
    if len(found) != 1:
        raise BotError(said.several_articles if found else said.no_such_article)
    return found[0]


def matching(articles: Sequence[Article], typed: str) -> list[Article]:
    """Those whose title, site or author has all typed words or their beginnings, in order."""
    wanted = fold(typed).split()
    return [article for article in articles if _matches(article, wanted)]


def _matching(
    catalog: Catalog, audiences: Sequence[str], typed: str, removed: bool
) -> list[Article]:
    # The newest first: no more are looked at than are offered.
    wanted = fold(typed).split()
    found = (a for a in _articles(catalog, audiences, removed) if _matches(a, wanted))
    return list(islice(found, _MOST))


def _articles(catalog: Catalog, audiences: Sequence[str], removed: bool) -> Iterator[Article]:
    yield from catalog.articles(audiences)
    if removed:
        yield from catalog.versions.removed_articles(audiences)


def _matches(article: Article, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    text = fold(f"{article.title} {article.site or ''} {article.author or ''}")
    return all(word in text for word in wanted)


def _name(article: Article) -> str:
    title = visible(" ".join((article.title or article.source).split())) or article.id
    details = " · ".join(
        filter(None, (visible(article.site or ""), (article.published or "")[:10]))
    )
    details = f" — {details[: _NAME_LIMIT // 2]}" if details else ""
    room = _NAME_LIMIT - len(details)
    return (title if len(title) <= room else title[: room - 1] + "…") + details
