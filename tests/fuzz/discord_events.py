"""Everything that Discord's clients send, through discord.py and the stand-in: the options of every
command, what is typed into forms, custom ids, names of files, messages."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bot.answering.answerer import Answerer
from bot.client import Newsdesk
from bot.servers import ServerSettings
from bot.settings import BotSettings
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Permission, User
from stand_in.interactions import Interaction, InteractionKind
from stand_in.options import NotOffered
from tests.fuzz.properties import NASTY, SAMPLES, Property, loaded_once
from vectorstore import VectorstoreSettings, open_vectorstore

# A machine that has much else to do is no fault of the bot.
_PATIENCE = 60
_MAX_BYTES = 20_000
_BUTTON, _SELECT, _MODAL_FIELD = 2, 3, 4

# Discord takes no text that is no Unicode.
_TEXT = (st.text(max_size=60) | NASTY).filter(lambda text: text.isascii() or _is_unicode(text))
_ARTICLE = st.sampled_from(["Rubio", "ferry", "1", ""]) | _TEXT
_FILE = st.tuples(_TEXT, st.binary(max_size=60) | _TEXT.map(str.encode))
_URL = st.sampled_from(["https://a.invalid/", "http://127.0.0.1:1/", "http://[::1]/"]) | _TEXT


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _options(**options: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=options)


_COMMANDS: Mapping[str, SearchStrategy[dict[str, Any]]] = {
    "ask": st.builds(
        lambda question, others: {"question": question, **others},
        st.sampled_from(["Who attended the Saudi talks?", "And who else?"]) | _TEXT,
        _options(article=_ARTICLE, since=_TEXT, until=_TEXT, private=st.booleans()),
    ),
    "articles list": _options(search=_TEXT),
    "articles show": _options(article=_ARTICLE, version=st.integers()),
    "articles history": _options(article=_ARTICLE),
    "articles undo": _options(article=_ARTICLE),
    "articles remove": _options(article=_ARTICLE),
    "feeds add": _options(url=_URL),
    "feeds list": _options(),
    "feeds remove": _options(feed=_TEXT),
    "feeds announce": _options(feed=_TEXT),
    "ingest": _options(url=_URL, attachment=_FILE, attachment2=_FILE, paste=st.booleans()),
    "newsdesk settings": _options(),
    "newsdesk help": _options(),
    "newsdesk privacy": _options(),
    "newsdesk diag": _options(),
}
_FOCUSED = (
    *(("ask", "article"), ("articles show", "article"), ("articles undo", "article")),
    *(("articles history", "article"), ("articles remove", "article")),
    *(("feeds remove", "feed"), ("feeds announce", "feed")),
)
_PARTS = st.sampled_from(
    [
        *("nd", "p", "r", "list", "show", "history", "remove", "keep", "paste", "newsdesk"),
        *("settings", "privacy", "export", "delete", "confirmed", "language", "member_seconds"),
        *("server_questions", "editor_roles", "moderators_channel", "forget_gone", "threads"),
        *("sources", "more", "follow_up", "notice", "helpful", "not_helpful", "wrong_source"),
        *("ask", "reason", "source", "0", "1", "2", "9999", "9" * 18, "9" * 19),
    ]
)
_KNOWN = st.sampled_from(
    [
        *(f"nd:{action}:1" for action in ("sources", "more", "follow_up", "notice", "helpful")),
        *("nd:sources:1:9999", "nd:more:1:3", "nd:p:list:0:", "nd:p:show:3:x", "nd:p:odd:0:x"),
        *("nd:ask:1", "nd:reason:1", "nd:source:1", "nd:paste", "nd:r:remove:x:1"),
        *(f"newsdesk:settings:{name}" for name in ServerSettings.__dataclass_fields__),
        *(f"newsdesk:privacy:{name}" for name in ("export", "delete", "confirmed", "keep")),
    ]
)
_CUSTOM_ID = _KNOWN | st.lists(_PARTS | _TEXT, min_size=1, max_size=5).map(":".join)
_EVENTS = st.one_of(
    *(st.tuples(st.just("command"), st.just(name), made) for name, made in _COMMANDS.items()),
    st.tuples(st.just("autocomplete"), st.sampled_from(_FOCUSED), _TEXT),
    st.tuples(st.just("click"), _CUSTOM_ID, st.lists(_TEXT, max_size=3)),
    st.tuples(st.just("form"), _CUSTOM_ID, st.fixed_dictionaries(dict.fromkeys(("a", "b"), _TEXT))),
    st.tuples(st.just("message"), st.booleans(), _TEXT),
    st.tuples(
        st.just("menu"), st.sampled_from(["Ask about this message", "Add to articles"]), _TEXT
    ),
)
_FORM_FIELDS = ("question", "reason", "title", "text", "more")


class _Errors(logging.Handler):
    """What nobody foresaw is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record)


class _Guild:
    """A bot that is connected, and one member who may do everything."""

    def __init__(self, server: DiscordServer, client: Newsdesk) -> None:
        self._server = server
        self._client = client
        self._guild = server.add_guild()
        self._channel: Channel = server.add_channel(self._guild)
        rights = Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD
        self._member: User = server.add_member(self._guild, "Alice", permissions=rights)
        self._errors = _Errors()
        logging.getLogger().addHandler(self._errors)

    async def happens(self, event: tuple[str, Any, Any]) -> None:
        """Raises where somebody waits in vain, Discord refuses something, or an error is logged."""
        kind, what, given = event
        await asyncio.to_thread(_restoring(self._client, self._guild.id))
        with suppress(NotOffered):
            await getattr(self, f"_{kind}")(what, given)
        await self._settled()
        refused, logged = self._server.errors[:], self._errors.seen[:]
        self._errors.seen.clear()
        self._server.requests.clear()
        for record in logged:
            if record.exc_info and record.exc_info[1]:
                raise record.exc_info[1]
        assert not logged, logged[0].getMessage()
        assert not refused, refused

    async def _command(self, name: str, options: dict[str, Any]) -> None:
        interaction = await self._server.user_command(self._channel, self._member, name, options)
        await self._answered(interaction)

    async def _autocomplete(self, focused: tuple[str, str], typed: str) -> None:
        command, option = focused
        interaction = await self._server.user_autocompletes(
            self._channel, self._member, command, {option: typed}, option
        )
        await interaction.wait_for_choices(_PATIENCE)

    async def _click(self, custom_id: str, values: list[str]) -> None:
        """Any client can send any custom id, from any message that it sees."""
        data: dict[str, Any] = {"custom_id": custom_id[:100], "component_type": _BUTTON, "id": 1}
        if values:
            data |= {"component_type": _SELECT, "values": values}
        if custom_id.startswith("newsdesk:settings"):
            # Only that message has such menus, and it takes no other text.
            message = await self._some_answer("newsdesk settings")
            self._invoked(InteractionKind.COMPONENT, data, message)
            return
        message = await self._some_answer()
        # discord.py looks for the component on the message.
        shown = {"type": _BUTTON, "id": 1, "style": 1, "label": "…", "custom_id": data["custom_id"]}
        message.components = [{"type": 1, "id": 2, "components": [shown]}]
        self._invoked(InteractionKind.COMPONENT, data, message)

    async def _form(self, custom_id: str, typed: dict[str, str]) -> None:
        fields = [
            {"type": 18, "id": 1, "component": {"type": _MODAL_FIELD, "id": 2} | field}
            for name in _FORM_FIELDS
            if (field := {"custom_id": name, "value": typed["a"]})
        ]
        data = {"custom_id": custom_id[:100], "components": fields}
        self._invoked(InteractionKind.MODAL, data, await self._some_answer())

    async def _message(self, mentions: bool, text: str) -> None:
        called = [self._server.bot] if mentions else []
        await self._server.user_says(self._channel, self._member, text, mentions=called)

    async def _menu(self, name: str, text: str) -> None:
        message = await self._server.user_says(self._channel, self._member, text)
        interaction = await self._server.user_message_command(message, self._member, name)
        await self._answered(interaction)

    async def _answered(self, interaction: Interaction) -> None:
        def told() -> bool | None:
            return bool(interaction.response or interaction.modal or interaction.followups) or None

        await interaction.changes.until(told, _PATIENCE, lambda: f"{interaction}: no answer")

    async def _some_answer(self, command: str = "newsdesk help") -> Any:
        interaction = await self._server.user_command(self._channel, self._member, command, {})
        return await interaction.wait_for_response(_PATIENCE)

    def _invoked(self, kind: InteractionKind, data: dict[str, Any], message: Any) -> None:
        self._server._invoke(kind, self._member, self._channel, data, message, locale="en-US")

    async def _settled(self) -> None:
        """Until nothing that discord.py began is at work. Events come in their order: what was sent
        before an answered command has begun."""
        await self._some_answer()
        async with asyncio.timeout(_PATIENCE):
            while any(map(_handles, asyncio.all_tasks())):  # noqa: ASYNC110
                await asyncio.sleep(0.002)


def _handles(task: "asyncio.Task[Any]") -> bool:
    """Whether discord.py began it for an event; its loops ("discord-ext-tasks") never end."""
    return task.get_name().startswith(("discord.py", "discord-ui", "CommandTree"))


def _restoring(client: Newsdesk, guild: int) -> Callable[[], None]:
    """Nothing that was chosen in one round keeps the next one from being answered."""

    def restored() -> None:
        if client.server_settings(guild) != ServerSettings():
            client.servers.change(guild, lambda _: ServerSettings())

    return restored


@asynccontextmanager
async def _connected() -> AsyncIterator[_Guild]:
    store = open_vectorstore(VectorstoreSettings(_env_file=None))
    ingestion = Ingestion(store, IngestSettings(_env_file=None, sources=(), max_bytes=_MAX_BYTES))
    list(ingestion.add(SAMPLES, operator=True))
    client = Newsdesk(
        Answerer(store.catalog, store.retriever),
        ingestion,
        store,
        BotSettings(_env_file=None),
        max_bytes=_MAX_BYTES,
    )
    async with DiscordServer(ack_seconds=_PATIENCE) as server:
        guild = _Guild(server, client)
        client._connection.guild_ready_timeout = 0.05
        with server.redirect():
            connected = asyncio.create_task(client.start(server.token), name="the bot")
            await server.wait_until_connected()
            try:
                yield guild
            finally:
                await client.drain(1)
                await client.close()
                connected.cancel()
                with suppress(asyncio.CancelledError):
                    await connected


@contextmanager
def _discord(_: Path) -> Iterator[Callable[[tuple[str, Any, Any]], None]]:
    with loaded_once(), asyncio.Runner() as runner:
        connection = _connected()
        guild = runner.run(connection.__aenter__())
        try:
            yield lambda event: runner.run(guild.happens(event))
        finally:
            runner.run(connection.__aexit__(None, None, None))


_FOUND: tuple[tuple[str, str, list[str]], ...] = (
    ("click", "nd:p:odd:0:x", []),
    ("click", "newsdesk:settings:member_seconds", ["²"]),
)
DISCORD = {"discord": Property(_EVENTS, _discord, _FOUND)}
