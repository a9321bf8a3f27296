"""Articles, their versions and their text in pages; a page's buttons say all that it takes to show
the next one, so that a restart changes nothing."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import discord

from bot.delivery import respond
from bot.errors import BotError
from bot.escaping import escape
from bot.rendering import listing
from bot.reports import article_line
from bot.splitting import split
from bot.texts import Words
from bot.titles import matching, visible_audiences
from bot.workers import Busy
from ingest.differences import edits, whole_paragraphs
from vectorstore import Catalog, Passage, Version

if TYPE_CHECKING:
    from bot.client import Newsdesk

Result = TypeVar("Result")

SEARCH_LIMIT = 70
_PARAGRAPH_LIMIT = 1500


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown, and its page, counted from 0."""

    action: str
    """``list``, ``show`` or ``history``."""
    subject: str
    """What is searched for; or an article's id, for ``show`` with ``:`` and a version."""
    number: int = 0

    @property
    def custom_id(self) -> str:
        """At most 100 characters [components/reference]."""
        return f"nd:p:{self.action}:{self.number}:{self.subject}"


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(
        r"(?s)nd:p:(?P<action>list|show|history):(?P<number>\d{1,4}):(?P<subject>.*)"
    ),
):
    """Shows another page in place of its own."""

    def __init__(self, page: Page, label: str) -> None:
        self.page = page
        super().__init__(discord.ui.Button(label=label, custom_id=page.custom_id))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /
    ) -> "PageButton":
        return cls(Page(match["action"], match["subject"], int(match["number"])), "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await interaction.response.defer()
            await show(interaction, self.page)
        except Exception as error:
            await interaction.client.tell(interaction, error)


async def show(interaction: discord.Interaction["Newsdesk"], page: Page) -> None:
    """Put a page into the acknowledged response.

    Raises:
        BotError: there is no such article that this server may see.
    """
    client = interaction.client
    said = client.said(interaction.guild_id, interaction.locale.value)
    audiences = visible_audiences(interaction.guild_id)
    read = partial(_BLOCKS[page.action], client.store.catalog, audiences, page.subject, said)
    blocks = await look_up(interaction, read, said)
    embeds = interaction.app_permissions.embed_links
    reply, count = listing(blocks, said, embeds=embeds, page=page.number)
    view = discord.ui.View(timeout=None)
    number = min(page.number, count - 1)
    for label, other in ((said.previous_page, number - 1), (said.next_page, number + 1)):
        if 0 <= other < count:
            view.add_item(PageButton(replace(page, number=other), label))
    await respond(interaction, [replace(reply, view=view)])


async def look_up(
    interaction: discord.Interaction["Newsdesk"], work: Callable[[], Result], said: Words
) -> Result:
    """What takes milliseconds, in a thread; raises ``Busy`` when the bot is being stopped."""
    if interaction.client.stopping:
        raise Busy(said.closing)
    return await interaction.client.lookups.run(work)


def _listed(catalog: Catalog, audiences: Sequence[str], typed: str, said: Words) -> list[str]:
    found = matching(catalog.articles(audiences), typed)
    if not found:
        return [said.no_match.format(search=escape(typed)) if typed else said.no_articles]
    head = f"**{said.articles.format(count=len(found))}**"
    first, *rest = (article_line(article, said) for article in found)
    return [f"{head}\n{first}", *rest]


def _text(catalog: Catalog, audiences: Sequence[str], subject: str, said: Words) -> list[str]:
    article_id, _, number = subject.partition(":")
    version = find_version(catalog, audiences, article_id, number, said)
    passages = catalog.versions.passages(article_id, version.number)
    head = article_line(version.article, said)
    if number:
        head += f"\n*{said.version.format(number=version.number)}, {_period(version)}*"
    parts = [
        (place, part)
        for place, text in whole_paragraphs(passages).items()
        for part in split(escape(text), _PARAGRAPH_LIMIT)
    ]
    return [head, *(f"**{place}** {part}" for place, part in parts)]


def _history(catalog: Catalog, audiences: Sequence[str], article_id: str, said: Words) -> list[str]:
    last = find_version(catalog, audiences, article_id, "", said)
    blocks: list[str] = []
    before: list[Passage] = []
    for version in catalog.versions.of(article_id):
        passages = catalog.versions.passages(article_id, version.number)
        blocks.append(
            _version_line(version, Counter(e.kind for e in edits(before, passages)), said)
        )
        before = passages
    return [article_line(last.article, said), *reversed(blocks)]


def find_version(
    catalog: Catalog, audiences: Sequence[str], article_id: str, number: str, said: Words
) -> Version:
    """A version of an article, the last one without a number; also of one that was removed.

    Raises:
        BotError: there is none, or its article is not one of these audiences'.
    """
    found = catalog.versions.of(article_id)
    if not found or found[-1].article.audience not in audiences:
        raise BotError(said.no_such_article)
    for version in found:
        if number in ("", str(version.number)) and (number or version is found[-1]):
            return version
    raise BotError(said.no_such_version.format(number=escape(number), last=found[-1].number))


def _version_line(version: Version, counts: Counter[str], said: Words) -> str:
    added, removed, changed = counts["added"], counts["removed"], counts["changed"]
    parts = [
        f"**{said.version.format(number=version.number)}** · {_period(version)}",
        said.paragraphs.format(added=added, removed=removed, changed=changed),
    ]
    if version.restores:
        parts.append(said.restores.format(number=version.restores))
    if version.removed:
        parts.append(f"**{said.then_removed}**")
    return " · ".join(parts)


def _period(version: Version) -> str:
    since = discord.utils.format_dt(datetime.fromisoformat(version.since), "f")
    if version.until is None:
        return since
    return f"{since} – {discord.utils.format_dt(datetime.fromisoformat(version.until), 'f')}"


_BLOCKS = {"list": _listed, "show": _text, "history": _history}
