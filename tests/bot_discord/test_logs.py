"""What the bot logs: one line a record, with the request, and nothing that nobody may read."""

import asyncio
import io
import json
import logging
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.logs import Structured, begin_request, start_logging
from stand_in import Channel, DiscordServer, Permission, User
from tests.bot_discord.conftest import Run, Told
from tests.bot_discord.test_end_to_end import ARTICLE, QUESTION, environment, ingest
from tests.chat_server.server import Script, chat_server

KEY = "sk-kept-to-itself-0123456789"
CHROMA = "chroma-kept-to-itself-0123"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What is logged, at ``debug``; afterwards pytest has its logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging("debug", "json", [KEY], stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("httpx", "httpcore", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_one_id_from_the_event_to_the_answer_and_to_the_user(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    output: io.StringIO,
) -> None:
    class Logging(Told):
        def answer(self, *arguments: object, **named: object):  # type: ignore[no-untyped-def]
            logging.getLogger("bot.answering").info("In a thread.")
            return super().answer(*arguments, **named)  # type: ignore[arg-type]

    answerer = Logging(told.reply)
    async with run(answerer):
        for _ in range(2):
            asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
            await asked.wait_for_response()
        mention = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        await server.wait_for_reply(mention)
        answerer.reply = RuntimeError("a bug")
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        apology = await asked.wait_for_response()
    logged = lines(output)
    thread = [line["request"] for line in logged if line["message"] == "In a thread."]
    answered = [line for line in logged if line["message"] == "A question was answered."]
    assert len(set(thread)) == 4
    assert [line["request"] for line in answered] == thread[:3]
    assert {line["outcome"] for line in answered} == {"answered"}
    [error] = [line for line in logged if "error" in line and line["logger"] == "bot.client"]
    assert error["request"] == thread[3]
    assert str(error["request"]) in apology.content
    assert "RuntimeError: a bug" in str(error["error"])


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_record_is_one_line_whatever_it_holds(form: str) -> None:
    formatter = Structured(form, [])  # type: ignore[arg-type]
    hostile = 'a\nlevel=error msg="b"\x1b[31m\u2028\u202ec'
    record = logging.makeLogRecord({"msg": "%s", "args": (hostile,), "levelno": 20})
    record.title = hostile
    line = formatter.format(record)
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    if form == "json":
        assert json.loads(line)["title"] == hostile
    else:
        assert not re.search(r"(^| )level=error", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def test_the_request_stands_in_each_line() -> None:
    request = begin_request()
    record = logging.makeLogRecord({"msg": "x", "name": "bot.client", "levelname": "INFO"})
    assert f"level=info logger=bot.client request={request} message=x" in Structured(
        "logfmt", []
    ).format(record)


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {KEY}",
        "POST https://discord.com/api/v10/webhooks/12/aW50ZXJhY3Rpb246MTIzNDU2Nzg5/messages/@me",
        "{'t': 'INTERACTION_CREATE', 'token': 'aW50ZXJhY3Rpb246MTIzNDU2Nzg5'}",
        "https://robin:aW50ZXJhY3Rpb246MTIzNDU2Nzg5@paper.example/a",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    record = logging.makeLogRecord({"msg": text})
    try:
        raise ValueError(text)
    except ValueError:
        record.exc_info = sys.exc_info()
    line = Structured("logfmt", [KEY]).format(record)
    assert KEY not in line
    assert "aW50ZXJhY3Rpb246MTIzNDU2Nzg5" not in line
    assert line.count("[secret]") >= 2


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
async def test_a_whole_run_tells_no_secret_at_any_level(
    server: DiscordServer,
    channel: Channel,
    folder: Path,
    tmp_path: Path,
    level: str,
) -> None:
    """The program, with a chat model that fails, an ingest, a question, a click, and its end."""
    article = tmp_path / "ferry.md"
    article.write_text(ARTICLE, encoding="utf-8")
    await ingest(article, folder)
    assert channel.guild
    editor = server.add_member(channel.guild, "Ed", permissions=Permission.MANAGE_MESSAGES)
    with chat_server(Script(status=401)) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stand_in.launch", str(server.port), "--", "run"),
            env=environment(
                folder,
                DISCORD_TOKEN=server.token,
                BOT_LOG_LEVEL=level,
                BOT_LOG_FORMAT="json",
                BOT_HEALTH_ADDRESS="",
                BOT_CHAT_MODEL="openai:test",
                BOT_CHAT_BASE_URL=url,
                BOT_CHAT_API_KEY=KEY,
                VECTORSTORE_CHROMA_API_KEY=CHROMA,
            ),
            stdout=PIPE,
            stderr=PIPE,
            limit=1 << 24,
        )
        try:
            reading = asyncio.create_task(process.communicate())
            await server.wait_until_connected(40)
            asked = await server.user_command(channel, editor, "ask", {"question": QUESTION})
            answer = await asked.wait_for_response(20)
            file = ("other.md", ARTICLE.replace("Monday", "Friday").encode())
            added = await server.user_command(channel, editor, "ingest", {"attachment": file})
            await added.wait_for_response(30, lambda m: "1" in m.text)
        finally:
            process.send_signal(signal.SIGTERM)
            stdout, stderr = await asyncio.wait_for(reading, 40)
    assert "ended on Monday" in answer.text
    assert process.returncode == 0
    logged = (stdout + stderr).decode()
    for secret in (server.token, KEY, CHROMA, asked.token, added.token):
        assert secret not in logged
    if level == "debug":
        # Else there would be nothing that a secret could be in.
        assert "INTERACTION_CREATE" in logged
    else:
        assert "ferry strike" not in logged.lower()
        assert "Ormsay" not in logged
    if level == "info":
        assert "A question was answered." in logged
        assert "The chat model failed" in logged
