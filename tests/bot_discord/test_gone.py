"""A page that is gone, as Discord shows it: in the report, in lists, under a quote."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.answering.answerer import Answerer
from bot.texts import words
from stand_in import Channel, DiscordServer, Guild, Message, Permission
from tests.bot_discord.conftest import Run
from tests.ingest.web import PAGE, Web, text
from vectorstore import Vectorstore

EN = words("en")


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


async def test_a_page_that_is_gone(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, store: Vectorstore, web: Web
) -> None:
    mod = server.add_member(guild, "Mod", permissions=Permission.MANAGE_MESSAGES)
    said = '<meta property="article:modified_time" content="2025-03-09T08:00:00Z"></head>'
    web.answers["/a"] = text(PAGE.replace("</head>", said))
    since = EN.gone.format(date=datetime.now(UTC).date().isoformat())

    async def response(command: str, **options: str) -> Message:
        asked = await server.user_command(channel, mod, command, dict(options))
        return await asked.wait_for_response(
            30, lambda m: not m.content.startswith(("Article ", EN.waiting))
        )

    answerer = Answerer(store.catalog, store.retriever)
    async with run(answerer, private_hosts=("127.0.0.1",)):
        await response("ingest", url=f"{web.url}/a")
        assert since not in (await response("articles list")).text
        web.answers["/a"] = text("", status=410)
        report = await response("ingest")
        listed = await response("articles list")
        [article] = store.catalog.articles([f"guild-{guild.id}"])
        shown = await response("articles show", article=article.id)
        question = "Who drove the first tram over the Kestrel Bridge?"
        answered = await response("ask", question=question)
        web.answers["/a"] = text(PAGE)
        await response("ingest")
        back = await response("articles list")
    assert report.text.startswith("**failed: 1**\n• Bridge reopens — failed: ")
    assert "marked as gone since" in report.text
    assert f" · 2025-03-04 · modified 2025-03-09 · {since} · " in listed.text
    assert since in shown.text
    assert "modified 9 March 2025" in answered.text
    assert f"modified 2025-03-09 · {since} · paragraph 2" in answered.text
    assert since not in back.text
