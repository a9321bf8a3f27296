"""The Discord client: what it is made of, how it starts, how it ends, how it tells errors."""

import asyncio
import logging
import secrets
from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.articles import Articles, audience_of
from bot.ask import Ask
from bot.conversations import Conversation, Conversations
from bot.delivery import UNDELIVERABLE, noting_undelivered, respond
from bot.errors import BotError
from bot.registration import register
from bot.rendering import Reply, without_paths
from bot.settings import BotSettings
from bot.texts import Words, words
from bot.workers import Workers
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
    ) -> None:
        """``max_bytes`` is what an attachment may have: IngestSettings has it."""
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            intents=_intents(settings),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        self.ingestion = ingestion
        self.store = store
        self.settings = settings
        self.max_bytes = max_bytes
        self.stopping = False
        self.questions = Workers("question", threads=2, waiting=20)
        self.ingests = Workers("ingest", threads=1, waiting=5)
        self.conversations = Conversations()
        self._answerer = answerer
        self._index = Workers("index", threads=1, waiting=0)
        self._indexing: asyncio.Task[None] | None = None
        self.tree.error(self._tell)

    async def answer(
        self,
        question: str,
        guild: int | None,
        conversation: Conversation = (),
        period: Period | None = None,
    ) -> Answer:
        """Answer from the shared articles and the server's own; raises what Answerer raises."""
        audience = audience_of(guild) if guild else SHARED
        ask = partial(
            self._answerer.answer, question, audience, conversation=conversation, period=period
        )
        return await self.questions.run(ask)

    def sentence(self, error: Exception, said: Words) -> str:
        """What a user is told; an error that nobody foresaw is in the log under the id they see."""
        if isinstance(error, BotError):
            return str(error)
        if isinstance(error, IngestError | VectorstoreError):
            log.warning("%s", error)
            return without_paths(str(error))
        code = secrets.token_hex(3)
        log.error("Unforeseen error %s", code, exc_info=error)
        return said.apology.format(id=code)

    def refusal(self, said: Words) -> str:
        """Why nothing more is accepted, where that is so."""
        return said.closing if self.stopping else said.busy

    async def setup_hook(self) -> None:
        """Called by ``login``, which may have to be repeated."""
        if self._indexing is None:
            await self.add_cog(Ask(self))
            await self.add_cog(Articles(self))
            self._indexing = asyncio.create_task(self._keep_index())
        await register(self.tree)

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
        if self._indexing:
            self._indexing.cancel()
        await super().close()
        for workers in (self.questions, self.ingests, self._index):
            await workers.close()
        self.store.close()

    async def _keep_index(self) -> None:
        """Apply what was ingested, by whichever process, within a second."""
        applied, failing = -1, False
        while True:
            try:
                applied = await self._index.run(partial(self._apply_after, applied))
                failing = False
            except Exception:
                # Searching needs no index for what was not applied, so this can wait.
                if not failing:
                    log.exception("The index can't be brought up to date; trying again.")
                failing = True
            await asyncio.sleep(_POLL_SECONDS)

    def _apply_after(self, applied: int) -> int:
        sequence = self.store.catalog.sequence()
        if sequence != applied:
            self.store.index.apply(batch=_INDEX_BATCH)
        return sequence

    async def _tell(
        self, interaction: discord.Interaction["Newsdesk"], error: app_commands.AppCommandError
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        with noting_undelivered(interaction.channel_id):
            if isinstance(cause, UNDELIVERABLE):
                raise cause
            text = self.sentence(cause, words(interaction.locale.value))
            if interaction.response.is_done():
                await respond(interaction, [Reply(text)])
            else:
                await interaction.response.send_message(text, ephemeral=True)


def _intents(settings: BotSettings) -> discord.Intents:
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.message_content = bool(settings.question_channels)
    return intents
