"""Two servers and a direct message, in random sequences of all that people do there: nobody is ever
shown a text of the other server.

``TWO_SERVERS_EXAMPLES`` sequences of ``TWO_SERVERS_STEPS`` steps are tried; in CI they are the same
ones every time.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.answering.answerer import Answerer
from bot.client import Newsdesk
from bot.servers import ServerSettings
from bot.settings import BotSettings
from bot.texts import words
from bot.titles import audience_of
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Callback, Channel, DiscordServer, Guild, Interaction, Message, Permission, User
from tests.bot_discord.conftest import MAX_BYTES, know_all_servers_at_once, reopened
from vectorstore import SHARED

EN = words("en")
EXAMPLES = int(os.environ.get("TWO_SERVERS_EXAMPLES", "4"))
STEPS = int(os.environ.get("TWO_SERVERS_STEPS", "20"))
LIVENESS = 60

FIRST, SECOND, DIRECT = 0, 1, 2
# Every text of a place has its mark; nobody types one but in an article.
MARKS = ("aldervane", "brackenholt")
COMMON = "commonwick"
SUBJECTS = ("bridge", "ferry", "mine")
DAYS = ("Monday", "Tuesday", "Friday")
QUESTIONS = (
    "Why was the bridge closed?",
    "When was the ferry closed?",
    "Who expects long queues at the mine?",
    "And who else?",
    "Who won the football match in Madrid?",
)
COMMANDS = ("ask", "articles show", "articles history", "articles remove", "articles undo")
# With the number of an answer, the id of an article, and who clicks.
OF_ANSWERS = (
    "nd:sources:{n}",
    "nd:sources:{n}:0",
    "nd:more:{n}",
    "nd:more:{n}:0",
    "nd:follow_up:{n}",
    "nd:notice:{n}",
    "nd:helpful:{n}",
    "nd:not_helpful:{n}",
    "nd:wrong_source:{n}",
)
OF_ARTICLES = (
    "nd:p:list:0:",
    "nd:p:show:0:{article}",
    "nd:p:show:0:{article}:1",
    "nd:p:history:0:{article}",
    "nd:r:remove:{article}:{user}",
    "nd:r:keep:{article}:{user}",
)

Result = TypeVar("Result")
places = st.sampled_from((FIRST, SECOND, DIRECT))
servers = st.sampled_from((FIRST, SECOND))
subjects = st.sampled_from(SUBJECTS)
days = st.sampled_from(DAYS)
questions = st.sampled_from(QUESTIONS)
numbers = st.integers(0, 30)


@dataclass
class Place:
    """Where people are, and what of the articles they may see."""

    channel: Channel
    guild: Guild | None
    people: tuple[User, ...]
    """The first one, who edits, is the same person everywhere."""
    host: Message | None = None
    """A message of the bot there; other clients can send any custom id from it."""

    @property
    def channels(self) -> list[Channel]:
        return list(self.guild.channels.values()) if self.guild else [self.channel]


def article(mark: str, subject: str, day: str) -> bytes:
    return f"""---
title: {mark.title()} {subject}
published: 2025-03-04
---
The {subject} in {mark.title()} was closed on {day} because cracks were found in it.

{mark.title()}'s harbour master expects long queues at the {subject} until summer.
""".encode()


def readable(message: Message) -> str:
    """All that a message has ever shown or hidden in its components."""
    shown = [[v.content, v.embeds, v.components] for v in message.versions]
    now = [message.content, message.embeds, message.components]
    files = [file.filename + file.content.decode() for file in message.attachments]
    return json.dumps([shown, now, files, message.thread and message.thread.name])


class TwoServers(RuleBasedStateMachine):
    """Every rule ends when the bot has answered; what it does by itself goes on in between."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.server = self.do(DiscordServer().__aenter__())
        self.interactions: list[tuple[int, Interaction]] = []
        self.redirected = self.server.redirect()
        self.redirected.__enter__()
        both = self.server.add_user("Both")
        self.places = [*(self.joined(both, number) for number in (FIRST, SECOND))]
        self.places.append(Place(self.server.dm(both), None, (both,)))
        self.do(self.start())

    def do(self, work: Awaitable[Result]) -> Result:
        async def done() -> Result:
            return await work

        return self.runner.run(done())

    def joined(self, both: User, number: int) -> Place:
        guild = self.server.add_guild(f"Server {number}")
        self.server.add_member(guild, both, permissions=Permission.MANAGE_MESSAGES)
        member = self.server.add_member(guild, f"Member of {number}")
        return Place(self.server.add_channel(guild), guild, (both, member))

    async def start(self) -> None:
        store = reopened(Path(self.folder.name))
        reading = IngestSettings(_env_file=None)
        self.client = Newsdesk(
            Answerer(store.catalog, store.retriever),
            Ingestion(store, reading),
            store,
            BotSettings(_env_file=None),
            max_bytes=MAX_BYTES,
        )
        know_all_servers_at_once(self.client)
        self.connected = asyncio.create_task(self.client.start(self.server.token))
        await self.server.wait_until_connected(LIVENESS)
        await self.client.wait_until_ready()

    async def stop(self) -> None:
        await self.client.drain(LIVENESS)
        await self.client.close()
        self.connected.cancel()
        with suppress(asyncio.CancelledError):
            await self.connected

    @initialize()
    def settle(self) -> None:
        """Both servers have an article and have asked about it; so there is something to show."""
        for number in (FIRST, SECOND):
            place = self.places[number]
            assert place.guild
            moderators = self.server.add_channel(place.guild, "moderators")
            chosen = ServerSettings(moderators_channel=moderators.id, threads=number == SECOND)
            self.client.servers.save(place.guild.id, chosen)
            self.add(number, "bridge", "Monday")
            shown = self.invoke(number, 0, "ask", {"question": QUESTIONS[0], "private": True})
            assert shown.response
            assert MARKS[number] in shown.response.text.lower()
            self.places[number].host = self.invoke(number, 0, "articles list", {}).response
        self.add_shared("ferry", "Monday")
        self.places[DIRECT].host = self.invoke(
            DIRECT, 0, "ask", {"question": QUESTIONS[1]}
        ).response

    def invoke(
        self, number: int, who: int, name: str, options: Mapping[str, object]
    ) -> Interaction:
        return self.do(self.invoked(number, who, name, options))

    async def invoked(
        self, number: int, who: int, name: str, options: Mapping[str, object]
    ) -> Interaction:
        place = self.places[number]
        user = place.people[who % len(place.people)]
        return await self.done(
            number, await self.server.user_command(place.channel, user, name, options)
        )

    async def done(self, number: int, interaction: Interaction) -> Interaction:
        """Once the bot has answered it."""
        self.interactions.append((number, interaction))
        await interaction.wait_for_ack(LIVENESS)
        if interaction.callback in (Callback.MESSAGE, Callback.DEFERRED_MESSAGE):
            await interaction.wait_for_response(
                LIVENESS, lambda m: not m.text.startswith(("Article ", EN.waiting))
            )
        elif interaction.callback is Callback.DEFERRED_UPDATE:
            # Nothing tells whether the message changes; the next check sees it too.
            await asyncio.sleep(0.05)
        return interaction

    def article_id(self, which: int) -> str:
        """Of any audience, also of articles that were removed."""
        catalog = self.client.store.catalog
        audiences = [SHARED, *(audience_of(p.guild.id) for p in self.places if p.guild)]
        known = [*catalog.articles(audiences), *catalog.versions.removed_articles(audiences)]
        known.sort(key=lambda one: one.title)
        return known[which % len(known)].id

    @rule(number=servers, subject=subjects, day=days)
    def add(self, number: int, subject: str, day: str) -> None:
        """Also what is there already, with another text."""
        data = article(MARKS[number], subject, day)
        done = self.invoke(number, 0, "ingest", {"attachment": (f"{subject}.md", data)})
        assert done.response
        assert ": 1" in done.response.text
        assert EN.failed not in done.response.text

    @rule(subject=subjects, day=days)
    def add_shared(self, subject: str, day: str) -> None:
        reading, store = IngestSettings(_env_file=None), self.client.store
        data = article(COMMON, subject, day)
        Ingestion(store, reading).add_bytes(f"{subject}.md", data, SHARED)

    @rule(number=places, who=numbers, question=questions, private=st.booleans())
    def ask(self, number: int, who: int, question: str, private: bool) -> None:
        self.invoke(number, who, "ask", {"question": question, "private": private})

    @rule(number=places, which=numbers, question=questions)
    def ask_about(self, number: int, which: int, question: str) -> None:
        named = {"question": question, "article": self.article_id(which)}
        self.invoke(number, 1, "ask", named)

    @rule(number=servers, question=questions, reply=st.booleans())
    def mention(self, number: int, question: str, reply: bool) -> None:
        self.do(self.mentioned(number, question, reply))

    async def mentioned(self, number: int, question: str, reply: bool) -> None:
        place, bot = self.places[number], self.server.bot
        before = self.server.messages(place.channel)
        answers = [m for m in before if m.author is bot and not m.loading]
        said = await self.server.user_says(
            place.channel,
            place.people[1],
            question,
            mentions=[bot],
            reply_to=answers[-1] if reply and answers else None,
        )
        if self.client.server_settings(place.guild.id if place.guild else None).threads:
            thread = await self.server.wait_for_thread(said, LIVENESS)
            await self.server.wait_for_message(thread, timeout=LIVENESS)
        else:
            await self.server.wait_for_reply(said, LIVENESS)

    @rule(number=servers, typed=st.sampled_from(["", "b", "in", "e"]))
    def autocomplete(self, number: int, typed: str) -> None:
        """What is offered is what there is."""
        guild = self.places[number].guild
        assert guild
        own = [audience_of(guild.id)]
        for command in COMMANDS:
            seen = own if command in ("articles remove", "articles undo") else [SHARED, *own]
            there = self.client.store.catalog.articles(seen)
            offered = self.do(self.offered(number, command, typed))
            assert {one.id for one in there if typed in one.title.lower()} <= offered

    async def offered(self, number: int, command: str, typed: str) -> set[str]:
        place = self.places[number]
        options = {"article": typed} | ({"question": "When?"} if command == "ask" else {})
        completing = await self.server.user_autocompletes(
            place.channel, place.people[0], command, options, "article"
        )
        self.interactions.append((number, completing))
        return {choice["value"] for choice in await completing.wait_for_choices(LIVENESS)}

    @rule(number=servers, who=numbers, search=st.sampled_from([None, "bridge", "e"]))
    def list_articles(self, number: int, who: int, search: str | None) -> None:
        listed = self.invoke(
            number, who, "articles list", {"search": search} if search else {}
        ).response
        guild = self.places[number].guild
        assert listed
        assert guild
        for one in self.client.store.catalog.articles([SHARED, audience_of(guild.id)]):
            if (search or "") in one.title.lower():
                assert one.title in listed.text

    @rule(number=servers, which=numbers)
    def look_at_an_article(self, number: int, which: int) -> None:
        """One's own, a shared one or the other server's."""
        for command in ("show", "history"):
            self.invoke(number, 0, f"articles {command}", {"article": self.article_id(which)})

    @rule(number=servers, which=numbers, command=st.sampled_from(["undo", "remove"]))
    def change_an_article(self, number: int, which: int, command: str) -> None:
        named = {"article": self.article_id(which)}
        asked = self.invoke(number, 0, f"articles {command}", named)
        if command == "remove" and asked.response and asked.response.buttons:
            self.click_on(number, asked.response, EN.remove)

    @rule(number=servers)
    def export(self, number: int) -> None:
        panel = self.invoke(number, 0, "newsdesk privacy", {}).response
        assert panel
        self.click_on(number, panel, EN.newsdesk.export)

    @rule(number=places, which=numbers, button=numbers)
    def click(self, number: int, which: int, button: int) -> None:
        """A button that stands there, with the modal that it opens."""
        place = self.places[number]
        found = [m for channel in place.channels for m in channel.messages]
        found = [m for m in found if m.buttons and not m.deleted and m.interaction]
        if found:
            message = found[which % len(found)]
            self.click_on(number, message, message.buttons[button % len(message.buttons)]["label"])

    def click_on(self, number: int, message: Message, named: str) -> None:
        self.do(self.clicked(number, message, named, message.interaction))

    async def clicked(
        self, number: int, message: Message, named: str, asked: Interaction | None
    ) -> None:
        user = asked.user if asked else None
        click = await self.server.user_clicks(message, named, user=user)
        await self.done(number, click)
        if click.modal:
            await self.submit(number, click)

    @rule(number=places, n=numbers)
    def forge(self, number: int, n: int) -> None:
        """Clicks and forms with ids that were copied from wherever."""
        user = self.places[number].people[0].id
        self.forge_of_answer(number, 1 + n % self.answers())
        for template in OF_ARTICLES:
            self.forged(number, template.format(article=self.article_id(n), user=user))

    def forge_of_answer(self, number: int, answer: int) -> None:
        for template in OF_ANSWERS:
            self.forged(number, template.format(n=answer))
        for action in ("ask", "reason", "source"):
            self.do(self.forged_modal(number, f"nd:{action}:{answer}"))

    def answers(self) -> int:
        """So many were given; they are numbered."""
        rows = self.client.store.catalog.database.rows("SELECT max(id) AS most FROM answers")
        return int(next(iter(rows))["most"])

    def forged(self, number: int, named: str) -> None:
        host = self.places[number].host
        assert host
        before = host.components
        button = {"type": 2, "style": 2, "label": "Forged", "custom_id": named, "id": 99}
        host.components = [{"type": 1, "id": 98, "components": [button]}]
        self.do(self.clicked(number, host, "Forged", host.interaction))
        if any(component.get("id") == 98 for component in host.components):
            host.components = before

    async def forged_modal(self, number: int, named: str) -> None:
        place = self.places[number]
        host = place.host
        assert host
        assert host.interaction
        opened = Interaction(
            host.interaction.kind,
            host.interaction.user,
            place.channel,
            {},
            self.server.backend.changes,
            self.server.bot,
        )
        fields = ("question", "reason", "source")
        opened.message = host
        opened.modal = {
            "custom_id": named,
            "components": [
                {
                    "type": 18,
                    "label": name,
                    "component": {"type": 4, "custom_id": name, "required": False},
                }
                for name in fields
            ],
        }
        values = {"question": "And who else?", "reason": "It is wrong.", "source": "1"}
        await self.done(number, await self.server.user_submits_modal(opened, values))

    async def submit(self, number: int, click: Interaction) -> None:
        assert click.modal
        fields = [row["component"] for row in click.modal["components"]]
        values = {
            field["custom_id"]: [field["options"][0]["value"]]
            if field["type"] == 3
            else QUESTIONS[3]
            for field in fields
        }
        await self.done(number, await self.server.user_submits_modal(click, values))

    @rule()
    def restart(self) -> None:
        self.do(self.stop())
        self.do(self.start())

    @rule()
    def wait(self) -> None:
        """For corrections and whatever else the bot does by itself."""
        self.do(asyncio.sleep(0.2))

    @invariant()
    def nobody_is_shown_what_is_not_theirs(self) -> None:
        for number, place in enumerate(self.places):
            texts = [readable(m) for channel in place.channels for m in channel.messages]
            texts += [channel.name for channel in place.channels]
            mine = [one for owner, one in self.interactions if owner == number]
            texts += [json.dumps([one.choices, one.modal]) for one in mine]
            own = [one for one in mine if one.original]
            texts += [readable(m) for one in own for m in (one.original, *one.followups) if m]
            seen = "\n".join(texts).lower()
            for owner, mark in enumerate(MARKS):
                assert owner == number or mark not in seen, f"{mark} is seen in place {number}"

    def look_everywhere(self) -> None:
        """With all that is known: where the random steps have led, nothing is missed."""
        last = self.answers()
        for number in (FIRST, SECOND, DIRECT):
            for answer in range(max(1, last - 3), last + 1):
                self.forge_of_answer(number, answer)
        for number in (FIRST, SECOND):
            self.autocomplete(number, "")
            self.list_articles(number, 0, None)
            self.export(number)
            for which in range(6):
                self.look_at_an_article(number, which)

    def teardown(self) -> None:
        try:
            self.look_everywhere()
            self.do(asyncio.sleep(0.3))
            self.nobody_is_shown_what_is_not_theirs()
            assert not self.server.errors
        finally:
            self.do(self.stop())
            self.redirected.__exit__(None, None, None)
            self.do(self.server.__aexit__(None, None, None))
            self.runner.close()
            self.folder.cleanup()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corrections come at once."""
    monkeypatch.setattr("bot.correcting.POLL_SECONDS", 0.05)
    monkeypatch.setattr("bot.correcting._SECONDS_BETWEEN_EDITS", 0.0)


@pytest.mark.usefixtures("impatient")
def test_nobody_is_ever_shown_a_text_of_the_other_server() -> None:
    run_state_machine_as_test(
        TwoServers,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize="CI" in os.environ,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
