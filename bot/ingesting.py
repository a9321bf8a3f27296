"""Articles in: ``/ingest`` with an address, files or pasted text, and progress while it goes on."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.delivery import acknowledge, respond
from bot.errors import BotError, NotAllowed
from bot.modals import entered, modal
from bot.permissions import may_edit
from bot.reports import progress_line, report_list
from bot.texts import Words
from bot.titles import audience_of
from bot.workers import Busy
from ingest.canonical import is_http_url
from ingest.errors import TooLarge
from ingest.report import IngestReport, Progress, ProgressListener, failure
from vectorstore import SHARED

if TYPE_CHECKING:
    from bot.client import Newsdesk

Result = TypeVar("Result")

_SECONDS_BETWEEN_EDITS = 2.0
PASTE = "nd:paste"
_FIELDS = ("title", "text", "more")
# [components/reference, Text Input]
_TEXT_LIMIT = 4000
_TITLE_LIMIT = 200


class Ingesting(commands.Cog):
    """What adds articles to a server, and reads them again."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot

    @app_commands.command(
        description=locale_str(
            "Add articles to this server, or read all known sources again.", key="ingest"
        )
    )
    @app_commands.describe(
        url=locale_str("Address of an article", key="ingest_url"),
        attachment=locale_str("An article as a file", key="ingest_attachment"),
        attachment2=locale_str("Another file", key="ingest_another"),
        attachment3=locale_str("Another file", key="ingest_another"),
        attachment4=locale_str("Another file", key="ingest_another"),
        attachment5=locale_str("Another file", key="ingest_another"),
        paste=locale_str("Opens a form for a title and a text", key="ingest_paste"),
    )
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    async def ingest(
        self,
        interaction: discord.Interaction["Newsdesk"],
        url: str | None = None,
        attachment: discord.Attachment | None = None,
        attachment2: discord.Attachment | None = None,
        attachment3: discord.Attachment | None = None,
        attachment4: discord.Attachment | None = None,
        attachment5: discord.Attachment | None = None,
        paste: bool = False,
    ) -> None:
        said = self._bot.said(interaction.guild_id, interaction.locale.value)
        check_editor(interaction, said)
        given = (attachment, attachment2, attachment3, attachment4, attachment5)
        files = [file for file in given if file]
        if paste:
            if url is not None or files:
                raise BotError(said.paste_alone)
            await interaction.response.send_modal(_form(said))
            return
        self._check(url, files, said)
        await self.add(interaction, said, url, files)

    async def add(
        self,
        interaction: discord.Interaction["Newsdesk"],
        said: Words,
        url: str | None = None,
        files: Sequence[discord.Attachment] = (),
        texts: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Add what an editor gave, ``texts`` with the names of files that they could be; without
        any of it, read every source again. Acknowledges, and reports."""
        with self._bot.ingests.place(self._bot.refusal(said)):
            # Public: a server may see where its answers come from, and who added it.
            await acknowledge(interaction)
            read = [await _read(file, self._bot.max_bytes, said) for file in files]
            work = partial(self._ingest, interaction.guild_id or 0, url, [*texts, *read])
            await self._reported(interaction, work, said)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction["Newsdesk"]) -> None:
        """The form comes here: it may have been opened before a restart."""
        data: Any = interaction.data
        if interaction.type is discord.InteractionType.modal_submit and data["custom_id"] == PASTE:
            try:
                await self._take(interaction, entered(data["components"]))
            except Exception as error:
                await self._bot.tell(interaction, error)

    async def _take(
        self, interaction: discord.Interaction["Newsdesk"], entered: dict[str, str]
    ) -> None:
        said = self._bot.said(interaction.guild_id, interaction.locale.value)
        check_editor(interaction, said)
        title = " ".join(entered["title"].split())
        # The second field goes on where the first one was full, perhaps in a word.
        text = entered["text"] + entered.get("more", "")
        audience = audience_of(interaction.guild_id or 0)
        with self._bot.ingests.place(self._bot.refusal(said)):
            await acknowledge(interaction)

            def work(tell: ProgressListener) -> list[IngestReport]:
                return [self._bot.ingestion.add_text(title, text, audience, tell)]

            await self._reported(interaction, work, said)

    def _check(self, url: str | None, files: Sequence[discord.Attachment], said: Words) -> None:
        """Raises ``BotError``, ``TooLarge``: the only thing that was given can't be taken."""
        if url is not None and not is_http_url(url):
            raise BotError(said.not_a_url)
        limit = self._bot.max_bytes
        if url is None and len(files) == 1 and files[0].size > limit:
            raise TooLarge(files[0].filename, limit, files[0].size)

    def _ingest(
        self,
        guild: int,
        url: str | None,
        files: Sequence[tuple[str, bytes | Exception]],
        tell: ProgressListener,
    ) -> list[IngestReport]:
        """Runs in a worker's thread."""
        audience = audience_of(guild)
        ingestion = self._bot.ingestion
        reports: list[IngestReport] = []
        if url is not None:
            reports += ingestion.add([url.strip()], audience, progress=tell)
        for name, data in files:
            if isinstance(data, bytes):
                reports += ingestion.add_upload(name, data, audience, tell)
            else:
                reports.append(failure(name, data))
        if url is None and not files:
            reports += ingestion.refresh([SHARED, audience], progress=tell)
        return reports

    async def _reported(
        self,
        interaction: discord.Interaction["Newsdesk"],
        work: Callable[[ProgressListener], list[IngestReport]],
        said: Words,
    ) -> None:
        reports = await watched(interaction, work, said)
        self._bot.metrics.count_reports(reports)
        embeds = interaction.app_permissions.embed_links
        await respond(interaction, [report_list(reports, said, embeds)])


def check_editor(interaction: discord.Interaction["Newsdesk"], said: Words) -> None:
    """Raises ``NotAllowed`` where the member may not change this server's articles."""
    guild = interaction.guild_id
    if guild is None or not may_edit(interaction, interaction.client.server_settings(guild)):
        raise NotAllowed(said.not_moderator)


async def watched(
    interaction: discord.Interaction["Newsdesk"],
    work: Callable[[ProgressListener], Result],
    said: Words,
) -> Result:
    """Do the work in the ingest's thread, and show in the acknowledged response how far it is."""
    client = interaction.client
    latest: list[Progress] = []

    def tell(progress: Progress) -> None:
        if client.stopping:
            raise Busy(said.closing)
        latest[:] = [progress]

    running = asyncio.ensure_future(client.ingests.run(partial(work, tell)))
    shown = ""
    while not (await asyncio.wait({running}, timeout=_SECONDS_BETWEEN_EDITS))[0]:
        text = progress_line(latest[0], said) if latest else said.waiting
        if text != shown:
            shown = text
            # The report matters, and is sent by other ways if need be; this does not.
            with suppress(discord.HTTPException, aiohttp.ClientError):
                await interaction.edit_original_response(content=text)
    return running.result()


def _form(said: Words) -> discord.ui.Modal:
    form = modal(said.paste, PASTE)
    labels = (said.paste_title, said.paste_text, said.paste_more)
    for name, label in zip(_FIELDS, labels, strict=True):
        title = name == "title"
        field = discord.ui.TextInput[discord.ui.Modal](
            custom_id=name,
            style=discord.TextStyle.short if title else discord.TextStyle.paragraph,
            required=name != "more",
            max_length=_TITLE_LIMIT if title else _TEXT_LIMIT,
        )
        form.add_item(discord.ui.Label(text=label, component=field))
    return form


async def _read(file: discord.Attachment, limit: int, said: Words) -> tuple[str, bytes | Exception]:
    """The file's name, and its bytes or why they can't be had."""
    if file.size > limit:
        return file.filename, TooLarge(file.filename, limit, file.size)
    try:
        return file.filename, await file.read()
    except (discord.HTTPException, aiohttp.ClientError):
        return file.filename, BotError(said.attachment_gone.format(name=file.filename))
