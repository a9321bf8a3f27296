"""The Discord client: what it is made of, how it starts, how it ends, how it tells errors."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.answering.conversation import Turn
from bot.articles import Articles
from bot.ask import Ask
from bot.backing_up import keep_backed_up
from bot.buttons import Buttons
from bot.cooldowns import Cooldowns
from bot.correcting import keep_corrected
from bot.delivery import UNDELIVERABLE, noting_undelivered, respond
from bot.errors import BotError
from bot.escaping import without_paths
from bot.feeds import FeedCommands
from bot.gateway import Gateway, intents, shard_options
from bot.ingesting import Ingesting
from bot.leaving import Leaving
from bot.logs import begin_request, request_id
from bot.menus import Menus
from bot.metrics import Metrics
from bot.newsdesk import ServerCommands
from bot.records import Records
from bot.registration import mention, register
from bot.rendering import Reply
from bot.repeating import repeat
from bot.servers import Servers, ServerSettings
from bot.settings import BotSettings
from bot.streaming import Streams
from bot.texts import Words, words
from bot.titles import audience_of
from bot.workers import Busy, Result, Workers
from ingest.errors import IngestError
from ingest.pipeline import Ingestion
from vectorstore import SHARED, Period, Vectorstore, VectorstoreError

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.5
# A larger batch stalls the event loop: Chroma's upsert holds the GIL.
_INDEX_BATCH = 50


class Newsdesk(commands.Bot):
    """Answers questions and takes articles; its parts are open already, and closed with it.

    It asks for no privileged intent: Discord gives the content of messages that mention the bot
    and of direct messages anyway. Only question channels need the message content intent.
    """

    def __init__(
        self,
        answerer: Answerer,
        ingestion: Ingestion,
        store: Vectorstore,
        settings: BotSettings,
        *,
        max_bytes: int,
        metrics: Metrics | None = None,
    ) -> None:
        """``max_bytes`` is what an attachment may have: IngestSettings has it; ``metrics`` are
        those that the answerer counts in too."""
        # It has no voice: no advice about libraries for that, which discord.py gives at once.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            intents=intents(settings),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            **shard_options(settings),
        )
        self.ingestion = ingestion
        self.store = store
        self.settings = settings
        self.max_bytes = max_bytes
        self.stopping = False
        self.questions = Workers("question", threads=2, waiting=20)
        self.ingests = Workers("ingest", threads=1, waiting=5)
        # What takes milliseconds never waits for a question.
        self.lookups = Workers("lookup", threads=2, waiting=0)
        self.records = Records(store.catalog.database)
        self.servers = Servers(store.catalog.database)
        self.cooldowns = Cooldowns(time.monotonic)
        self.streams = Streams()
        self.metrics = metrics or Metrics()
        self.gateway = Gateway(self)
        self._answerer = answerer
        self._command_ids: dict[str, int] = {}
        self._index = Workers("index", threads=1, waiting=0)
        self._indexing: asyncio.Task[None] | None = None
        self._correcting: asyncio.Task[None] | None = None
        self._backing_up: asyncio.Task[None] | None = None
        self.tree.error(self.tell)

    async def answer(
        self,
        question: str,
        guild: int | None,
        *,
        conversation: Sequence[Turn] = (),
        period: Period | None = None,
        article: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Answer:
        """Answer from the shared articles and the server's own; raises what Answerer raises."""
        audience = audience_of(guild) if guild else SHARED
        ask = partial(
            self._answerer.answer,
            question,
            audience,
            conversation=conversation,
            period=period,
            article=article,
            on_text=on_text,
        )
        return await self.questions.run(ask, waited=partial(self.metrics.stage, "wait"))

    def sentence(self, error: Exception, said: Words) -> str:
        """What a user is told; an error that nobody foresaw is in the log under the id they see."""
        if isinstance(error, BotError):
            return str(error)
        if isinstance(error, IngestError | VectorstoreError):
            log.warning("%s", error)
            return without_paths(str(error))
        code = request_id() or begin_request()
        self.metrics.unforeseen.inc()
        log.error("Unforeseen error %s", code, exc_info=error)
        return said.apology.format(id=code)

    def server_settings(self, guild: int | None) -> ServerSettings:
        """What a server settled; in a direct message, what holds where nothing was settled."""
        return self.servers.settings(guild)

    def said(self, guild: int | None, *locales: str) -> Words:
        """The fixed words in the server's language, else in the first of these that there is."""
        return words(self.server_settings(guild).language or "", *locales)

    def mention_command(self, command: str) -> str:
        """A slash command by name, such as "articles list", to click on."""
        return mention(command, self._command_ids)

    async def look_up(self, work: Callable[[], Result], said: Words) -> Result:
        """What takes milliseconds, in a thread; raises ``Busy`` when the bot is being stopped."""
        if self.stopping:
            raise Busy(said.closing)
        return await self.lookups.run(work)

    def admit(self, guild: int | None, member: int, said: Words) -> None:
        """Count a question of a member; raises ``CoolingDown`` where it comes too early."""
        self.cooldowns.check(guild, member, self.server_settings(guild), said)

    def refusal(self, said: Words) -> str:
        """Why nothing more is accepted, where that is so."""
        return said.closing if self.stopping else said.busy

    async def setup_hook(self) -> None:
        """Called by ``login``, which may have to be repeated; raises ``ConfigurationError`` where
        the store is another bot's."""
        if self._indexing is None:
            await self.lookups.run(self.claim)
            await self.add_cog(self.gateway)
            await self.add_cog(Ask(self))
            ingesting = Ingesting(self)
            await self.add_cog(ingesting)
            await self.add_cog(Articles(self))
            await self.add_cog(FeedCommands(self))
            await self.add_cog(Leaving(self))
            await self.add_cog(ServerCommands(self))
            await self.add_cog(Buttons(self))
            await self.add_cog(Menus(self, ingesting))
            self._indexing = asyncio.create_task(self._keep_index())
            self._correcting = asyncio.create_task(keep_corrected(self))
            self._backing_up = asyncio.create_task(keep_backed_up(self))
        self._command_ids = await register(self.tree)

    def claim(self) -> None:
        """Blocking; raises ``ConfigurationError`` where the store is another bot's."""
        assert self.application_id is not None
        self.servers.claim(self.application_id)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """discord.py tells of each event before it starts what handles it: all that logs its id."""
        if event_name == "socket_event_type":
            begin_request()
        super().dispatch(event_name, *args, **kwargs)

    async def on_message(self, message: discord.Message) -> None:
        """There are no prefix commands: the cogs listen."""

    async def drain(self, seconds: float = 20) -> None:
        """Accept nothing more, stop the ingest, and deliver the answers that were accepted."""
        self.stopping = True
        finished = await asyncio.gather(
            self.questions.finished(seconds), self.ingests.finished(seconds)
        )
        if not all(finished):
            log.warning("Stopped with work left after %s seconds.", seconds)

    async def close(self) -> None:
        """Leave Discord, wait for the threads, and close the store last."""
        if self.is_closed():
            return
        self.stopping = True
        for task in (self._indexing, self._correcting, self._backing_up):
            if task:
                task.cancel()
        await super().close()
        for workers in (self.questions, self.ingests, self.lookups, self._index):
            await workers.close()
        self.store.close()

    async def _keep_index(self) -> None:
        """Apply what was ingested, by whichever process, within a second."""
        applied = -1

        async def apply() -> None:
            nonlocal applied
            try:
                applied = await self._index.run(partial(self._apply_after, applied))
            except VectorstoreError:
                self.metrics.index_failing.set(1)
                raise
            self.metrics.index_failing.set(0)

        # Searching needs no index for what was not applied, so a failure can wait.
        failure = "The index can't be brought up to date; trying again."
        await repeat(apply, lambda: asyncio.sleep(_POLL_SECONDS), failure)

    def _apply_after(self, applied: int) -> int:
        sequence = self.store.catalog.sequence()
        if sequence != applied or self.store.index.trouble:
            self.metrics.index_pending.set(sequence - max(applied, 0))
            self.store.index.apply(batch=_INDEX_BATCH)
        self.metrics.index_pending.set(0)
        return sequence

    async def tell(self, interaction: discord.Interaction["Newsdesk"], error: Exception) -> None:
        """Tell what went wrong to whoever used a command or a button, wherever that can be."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        with noting_undelivered(interaction.channel_id):
            if isinstance(cause, UNDELIVERABLE):
                raise cause
            said = self.said(interaction.guild_id, interaction.locale.value)
            text = self.sentence(cause, said)
            if interaction.response.is_done():
                await respond(interaction, [Reply(text)])
            else:
                await interaction.response.send_message(text, ephemeral=True)
