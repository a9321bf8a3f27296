"""``/articles``: what a server's answers come from; its own can be removed and changes undone."""

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.article_pages import SEARCH_LIMIT, Page, PageButton, look_up, show
from bot.delivery import acknowledge, respond
from bot.errors import BotError, NotAllowed
from bot.escaping import escape
from bot.ingesting import check_editor, watched
from bot.rendering import Reply
from bot.reports import report_list
from bot.texts import Words
from bot.titles import choices, find_article, visible_audiences
from ingest.errors import NothingToUndo, VersionUnknown
from ingest.report import IngestReport, ProgressListener
from vectorstore import SHARED, Article

if TYPE_CHECKING:
    from bot.client import Newsdesk

Interaction = discord.Interaction["Newsdesk"]
Named = app_commands.Range[str, 1, 300]


class Articles(commands.Cog):
    """What there is, what it was, and taking it away."""

    articles = app_commands.Group(
        name="articles",
        description=locale_str("The articles that answers come from", key="articles"),
        guild_only=True,
    )

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        bot.add_dynamic_items(PageButton, RemovalButton)

    @articles.command(
        name="list", description=locale_str("List the articles, newest first.", key="articles_list")
    )
    @app_commands.describe(
        search=locale_str("Words of the title, the site or the author", key="articles_search")
    )
    async def list_articles(
        self,
        interaction: Interaction,
        search: app_commands.Range[str, 1, SEARCH_LIMIT] | None = None,
    ) -> None:
        # Seen only by who asked: a list is long, and of interest to them alone.
        await acknowledge(interaction, private=True)
        await show(interaction, Page("list", " ".join((search or "").split())))

    @articles.command(
        name="show", description=locale_str("Show an article's paragraphs.", key="articles_show")
    )
    @app_commands.describe(
        article=locale_str("Its title", key="articles_article"),
        version=locale_str("As it was; the number is in its history", key="articles_version"),
    )
    async def show_article(
        self,
        interaction: Interaction,
        article: Named,
        version: app_commands.Range[int, 1, 9999] | None = None,
    ) -> None:
        await acknowledge(interaction, private=True)
        found = await self._find(interaction, article, removed=version is not None)
        subject = found.id if version is None else f"{found.id}:{version}"
        await show(interaction, Page("show", subject))

    @articles.command(description=locale_str("List an article's versions.", key="articles_history"))
    @app_commands.describe(article=locale_str("Its title", key="articles_article"))
    async def history(self, interaction: Interaction, article: Named) -> None:
        await acknowledge(interaction, private=True)
        found = await self._find(interaction, article, removed=True)
        await show(interaction, Page("history", found.id))

    @articles.command(
        description=locale_str(
            "Give an article back as it was before its last change or removal.",
            key="articles_undo",
        )
    )
    @app_commands.describe(article=locale_str("Its title", key="articles_article"))
    async def undo(self, interaction: Interaction, article: Named) -> None:
        said = self._said(interaction)
        check_editor(interaction, said)
        with self._bot.ingests.place(self._bot.refusal(said)):
            await acknowledge(interaction)
            found = await self._find_own(interaction, article, said, removed=True)

            def work(tell: ProgressListener) -> list[IngestReport]:
                try:
                    return [self._bot.ingestion.undo(found.id, progress=tell)]
                except (NothingToUndo, VersionUnknown) as error:
                    title = escape(found.title)
                    raise BotError(said.nothing_to_undo.format(title=title)) from error

            reports = await watched(interaction, work, said)
            self._bot.metrics.count_reports(reports)
            embeds = interaction.app_permissions.embed_links
            await respond(interaction, [report_list(reports, said, embeds)])

    @articles.command(
        description=locale_str("Remove one of this server's articles.", key="articles_remove")
    )
    @app_commands.describe(article=locale_str("Its title", key="articles_article"))
    async def remove(self, interaction: Interaction, article: Named) -> None:
        said = self._said(interaction)
        check_editor(interaction, said)
        await acknowledge(interaction)
        found = await self._find_own(interaction, article, said)
        view = discord.ui.View(timeout=None)
        for action, label in (("remove", said.remove), ("keep", said.keep)):
            view.add_item(RemovalButton(action, found.id, interaction.user.id, label=label))
        question = said.really_remove.format(title=escape(found.title))
        await respond(interaction, [Reply(question, view=view)])

    @show_article.autocomplete("article")
    async def _visible(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await choices(self._bot, interaction.guild_id, typed)

    @history.autocomplete("article")
    async def _ever_visible(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await choices(self._bot, interaction.guild_id, typed, removed=True)

    @remove.autocomplete("article")
    async def _own(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await choices(self._bot, interaction.guild_id, typed, own_only=True)

    @undo.autocomplete("article")
    async def _ever_own(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await choices(self._bot, interaction.guild_id, typed, own_only=True, removed=True)

    def _said(self, interaction: Interaction) -> Words:
        return self._bot.said(interaction.guild_id, interaction.locale.value)

    async def _find(self, interaction: Interaction, named: str, *, removed: bool) -> Article:
        """Raises ``BotError`` where this server sees no such article."""
        said = self._said(interaction)
        catalog = self._bot.store.catalog
        audiences = visible_audiences(interaction.guild_id)
        find = partial(find_article, catalog, audiences, named, said, removed=removed)
        return await look_up(interaction, find, said)

    async def _find_own(
        self, interaction: Interaction, named: str, said: Words, *, removed: bool = False
    ) -> Article:
        """Raises ``BotError`` where this server has no such article of its own."""
        found = await self._find(interaction, named, removed=removed)
        if found.audience == SHARED:
            raise NotAllowed(said.shared_article.format(title=escape(found.title)))
        return found


class RemovalButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(r"nd:r:(?P<action>remove|keep):(?P<article>\w{1,32}):(?P<user>\d{1,20})"),
):
    """Removes an article, or doesn't; only for the member who asked."""

    def __init__(self, action: str, article_id: str, user: int, *, label: str = "…") -> None:
        self.action, self.article_id, self.user = action, article_id, user
        style = discord.ButtonStyle.danger if action == "remove" else discord.ButtonStyle.secondary
        named = f"nd:r:{action}:{article_id}:{user}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=named))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /
    ) -> "RemovalButton":
        return cls(match["action"], match["article"], int(match["user"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self._decide(interaction)
        except Exception as error:
            await interaction.client.tell(interaction, error)

    async def _decide(self, interaction: Interaction) -> None:
        client = interaction.client
        said = client.said(interaction.guild_id, interaction.locale.value)
        if interaction.user.id != self.user:
            raise NotAllowed(said.not_yours.format(member=f"<@{self.user}>"))
        # What the member may do can have changed since.
        check_editor(interaction, said)
        await interaction.response.defer()
        catalog = client.store.catalog
        own = visible_audiences(interaction.guild_id, own_only=True)
        find = partial(find_article, catalog, own, self.article_id, said)
        article = await look_up(interaction, find, said)
        text = said.stays
        if self.action == "remove":
            with client.ingests.place(client.refusal(said)):
                await client.ingests.run(partial(catalog.remove, article.id))
            text = said.removed
        told = text.format(title=escape(article.title), member=interaction.user.mention)
        await respond(interaction, [Reply(told, view=discord.ui.View())])
