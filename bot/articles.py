"""Articles: ``/ingest`` for moderators, ``/articles list`` for everyone in a server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.delivery import respond
from bot.errors import BotError, NotAllowed
from bot.reports import article_list, progress_line, report_list
from bot.texts import Words, words
from bot.workers import Busy
from ingest.errors import TooLarge
from ingest.report import IngestReport, Progress, ProgressListener
from vectorstore import SHARED

if TYPE_CHECKING:
    from bot.client import Newsdesk

_SECONDS_BETWEEN_EDITS = 2.0


def audience_of(guild: int) -> str:
    """The audience of a Discord server's own articles."""
    return f"guild-{guild}"


class Articles(commands.Cog):
    """What answers come from."""

    articles = app_commands.Group(
        name="articles",
        description=locale_str("The articles that answers come from", key="articles"),
        guild_only=True,
    )

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot

    @app_commands.command(
        description=locale_str(
            "Add an article to this server, or read all known sources again.", key="ingest"
        )
    )
    @app_commands.describe(
        url=locale_str("Address of an article", key="ingest_url"),
        attachment=locale_str("An article as a file", key="ingest_attachment"),
    )
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    async def ingest(
        self,
        interaction: discord.Interaction["Newsdesk"],
        url: str | None = None,
        attachment: discord.Attachment | None = None,
    ) -> None:
        said = words(interaction.locale.value)
        self._check(interaction, url, attachment, said)
        with self._bot.ingests.place(self._bot.refusal(said)):
            # Public: a server may see where its answers come from, and who added it.
            await interaction.response.defer()
            data = await _read(attachment, said) if attachment else b""
            work = partial(self._ingest, interaction.guild_id or 0, url, attachment, data)
            reports = await self._watched(interaction, work, said)
            await respond(interaction, [report_list(reports, said, _embeds(interaction))])

    @articles.command(
        name="list", description=locale_str("List the articles, newest first.", key="articles_list")
    )
    async def list_articles(self, interaction: discord.Interaction["Newsdesk"]) -> None:
        # Seen only by who asked: a list is long, and of interest to them alone.
        await interaction.response.defer(ephemeral=True)
        said = words(interaction.locale.value)
        with self._bot.questions.place(self._bot.refusal(said)):
            audiences = (SHARED, audience_of(interaction.guild_id or 0))
            catalog = self._bot.store.catalog
            found = await self._bot.questions.run(partial(catalog.articles, audiences))
            await respond(interaction, [article_list(found, said, _embeds(interaction))])

    def _check(
        self,
        interaction: discord.Interaction["Newsdesk"],
        url: str | None,
        attachment: discord.Attachment | None,
        said: Words,
    ) -> None:
        """Discord hides the command from others, but a server's owner can change to whom it is
        shown [interactions/application-commands, Permissions]; hence once more.

        Raises:
            NotAllowed: the member moderates nothing here.
            BotError, TooLarge: the address or the file can't be taken.
        """
        may = interaction.permissions
        if not (may.administrator or may.manage_guild or may.manage_messages):
            raise NotAllowed(said.not_moderator)
        if url is not None and not _is_web_address(url):
            raise BotError(said.not_a_url)
        limit = self._bot.max_bytes
        if attachment and attachment.size > limit:
            raise TooLarge(attachment.filename, limit, attachment.size)

    def _ingest(
        self,
        guild: int,
        url: str | None,
        attachment: discord.Attachment | None,
        data: bytes,
        tell: ProgressListener,
    ) -> list[IngestReport]:
        """Runs in a worker's thread."""
        audience = audience_of(guild)
        ingestion = self._bot.ingestion
        reports: list[IngestReport] = []
        if url is not None:
            reports += ingestion.add([url.strip()], audience, progress=tell)
        if attachment:
            reports.append(ingestion.add_bytes(attachment.filename, data, audience, progress=tell))
        if url is None and attachment is None:
            reports += ingestion.refresh([SHARED, audience], progress=tell)
        return reports

    async def _watched(
        self,
        interaction: discord.Interaction["Newsdesk"],
        work: Callable[[ProgressListener], list[IngestReport]],
        said: Words,
    ) -> list[IngestReport]:
        """Do the work, and show now and then how far it is."""
        latest: list[Progress] = []

        def tell(progress: Progress) -> None:
            if self._bot.stopping:
                raise Busy(said.closing)
            latest[:] = [progress]

        running = asyncio.ensure_future(self._bot.ingests.run(partial(work, tell)))
        shown = ""
        while not (await asyncio.wait({running}, timeout=_SECONDS_BETWEEN_EDITS))[0]:
            text = progress_line(latest[0], said) if latest else said.waiting
            if text != shown:
                shown = text
                # The report matters, and is sent by other ways if need be; this does not.
                with suppress(discord.HTTPException, aiohttp.ClientError):
                    await interaction.edit_original_response(content=text)
        return running.result()


async def _read(attachment: discord.Attachment, said: Words) -> bytes:
    try:
        return await attachment.read()
    except (discord.HTTPException, aiohttp.ClientError) as error:
        raise BotError(said.attachment_gone.format(name=attachment.filename)) from error


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _embeds(interaction: discord.Interaction["Newsdesk"]) -> bool:
    return interaction.app_permissions.embed_links
