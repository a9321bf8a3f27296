"""A busy server's day in minutes: does anything leak, get lost, or go unanswered?

What would happen in an hour happens as fast as it goes: articles are published and edited on a web
site, added by address and by feed, asked about by many members; meanwhile the gateway drops, the
network fails, Discord answers 503, and the bot is restarted or killed.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number
from benchmarks.bot_process import BotProcess
from benchmarks.site import Site, Story
from bot.answering.phrases import phrases
from stand_in import Channel, DiscordServer, Guild, Permission, User

_MEMBERS = 20
_AT_ONCE = 4
_PATIENCE = 60
_FEED_PATIENCE, _FEED_PAUSE = 300, 10
_OFF_SUBJECT = "Which recipe for plum cake won the contest in Vienna?"
_OFF_SUBJECT_EVERY = 8
_BY_FEED_EVERY = 3
_RESTARTS = {2: "stop", 5: "kill", 7: "stop"}
"""Early: what memory does is seen in the long run after the last."""
_WARM_UP_HOURS = 3


@dataclass
class Day:
    """What came of it."""

    questions: int = 0
    wrong: list[str] = field(default_factory=list)
    """Questions that were answered wrongly, or not at all, and what was said."""
    lost: list[str] = field(default_factory=list)
    """Titles of articles that are not there, or not as they were last."""
    restarts: int = 0
    busy: list[float] = field(default_factory=list)
    """Megabytes of the bot's process at the end of each hour after the last restart and the
    warm-up; each brings an article and changes one."""
    quiet: list[float] = field(default_factory=list)
    """The same of the hours after them, which bring none: what still grows then is a leak."""


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks day``."""
    command = add_command(commands, "day", "how the bot lives through a busy server's day", run)
    add_number(command, "--hours", 24, "that are simulated")
    add_number(command, "--quiet", 8, "hours more, in which no article comes in", least=0)
    add_number(command, "--questions", 40, "asked in each hour")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command; 1 where a question was answered wrongly, or an article lost."""
    hours = options.hours, options.quiet
    day = asyncio.run(simulate(*hours, options.questions, console.print))
    table = Table("questions", "wrong or unanswered", "articles lost", "restarts")
    table.add_column("memory an hour, an article and a change in each")
    table.add_column("memory an hour, without")
    table.add_row(
        f"{day.questions:,}",
        *(str(len(x)) for x in (day.wrong, day.lost)),
        str(day.restarts),
        *(f"{growth(megabytes):+.1f} MB" for megabytes in (day.busy, day.quiet)),
    )
    for what in (*day.wrong, *day.lost):
        table.add_row(what)
    console.print(table)
    return 1 if day.wrong or day.lost else 0


def growth(megabytes: Sequence[float]) -> float:
    """Megabytes an hour: the median of the later half less that of the earlier, by the time
    between."""
    half = len(megabytes) // 2
    if not half:
        return 0.0
    early, late = sorted(megabytes[:half]), sorted(megabytes[-half:])
    return (late[half // 2] - early[half // 2]) / (len(megabytes) - half)


async def simulate(hours: int, quiet: int, questions: int, tell: Callable[[str], None]) -> Day:
    """So many hours, and so many more without articles, with so many questions in each."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as server, Site() as site:
            bot = BotProcess(
                server,
                Path(folder),
                INGEST_ALLOW_PRIVATE_HOSTS="127.0.0.1",
                INGEST_FEED_MINUTES="1",
            )
            await bot.start()
            try:
                return await _Server(server, site, bot).live(hours, quiet, questions, tell)
            finally:
                await bot.stop()


class _Server:
    def __init__(self, server: DiscordServer, site: Site, bot: BotProcess) -> None:
        self._server = server
        self._site = site
        self._bot = bot
        self._guild: Guild = server.add_guild()
        self._channel: Channel = server.add_channel(self._guild)
        self._members = [server.add_member(self._guild, f"Member {n}") for n in range(_MEMBERS)]
        self._moderator: User = server.add_member(
            self._guild, "Moderator", permissions=Permission.MANAGE_MESSAGES
        )
        self._choose = random.Random(1)
        self._known: list[Story] = []
        self._day = Day()

    async def live(
        self, hours: int, quiet: int, questions: int, tell: Callable[[str], None]
    ) -> Day:
        await self._command("feeds add", {"url": self._site.feed}, "is read from now on")
        last = max((hour for hour in _RESTARTS if hour < hours), default=-1)
        for hour in range(hours + quiet):
            if hour < hours:
                await self._publish(hour)
                await self._edit()
            await self._fault(hour)
            await self._ask(questions)
            megabytes = self._bot.megabytes()
            if hour >= hours:
                self._day.quiet.append(megabytes)
            elif hour > last + _WARM_UP_HOURS:
                self._day.busy.append(megabytes)
            tell(f"hour {hour + 1}: {self._day.questions} questions, {megabytes:.0f} MB")
        await self._compare()
        return self._day

    async def _publish(self, hour: int) -> None:
        story = self._site.publish()
        if hour % _BY_FEED_EVERY != 1:
            await self._command("ingest", {"url": story.url}, "added: 1")
            self._known.append(story)

    async def _edit(self) -> None:
        story = self._choose.choice(self._known)
        story.figure += 1
        await self._command("ingest", {"url": story.url}, "updated: 1")

    async def _fault(self, hour: int) -> None:
        server = self._server
        faults: list[Callable[[], Awaitable[None]]] = [
            server.drop_gateway,
            lambda: server.drop_gateway(None),
            server.ask_to_reconnect,
        ]
        if way := _RESTARTS.get(hour):
            await (self._bot.stop() if way == "stop" else self._bot.kill())
            await self._bot.start()
            self._day.restarts += 1
        elif hour % 2:
            await faults[hour // 2 % len(faults)]()
            await server.wait_until_connected(_PATIENCE)
        else:
            server.fail_next("PATCH", "/webhooks/*/*/messages/@original", status=503, times=2)

    async def _ask(self, questions: int) -> None:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with limit:
                if number % _OFF_SUBJECT_EVERY:
                    story = self._choose.choice(self._known)
                    await self._asked(story.question, story.answer)
                else:
                    await self._asked(_OFF_SUBJECT, phrases("en").not_in_articles)

        await asyncio.gather(*(one(number) for number in range(questions)))

    async def _asked(self, question: str, wanted: str) -> None:
        self._day.questions += 1
        member = self._members[self._day.questions % _MEMBERS]
        interaction = await self._server.user_command(
            self._channel, member, "ask", {"question": question}
        )
        try:
            shown = await interaction.wait_for_response(_PATIENCE)
        except TimeoutError as error:
            self._day.wrong.append(f"{question} – {error}")
            return
        if wanted not in shown.text:
            self._day.wrong.append(f"{question} – {shown.text}")

    async def _command(self, name: str, options: dict[str, object], report: str = "") -> None:
        interaction = await self._server.user_command(self._channel, self._moderator, name, options)
        await interaction.wait_for_response(_PATIENCE, lambda m: report in m.text)

    async def _compare(self) -> None:
        """Every story is there at the end as it was last, those that only the feed told of too."""
        for _ in range(_FEED_PATIENCE // _FEED_PAUSE):
            listed = await self._ingest("list", "--json")
            titles = {json.loads(line)["title"] for line in listed.splitlines()}
            if titles == {story.title for story in self._site.stories}:
                break
            await asyncio.sleep(_FEED_PAUSE)
        for story in self._site.stories:
            if story.answer not in await self._ingest("show", story.title):
                self._day.lost.append(story.title)

    async def _ingest(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ingest", *arguments),
            *("--audience", f"guild-{self._guild.id}"),
            env=self._bot.environment(),
            stdout=PIPE,
        )
        told, _ = await process.communicate()
        return told.decode()
