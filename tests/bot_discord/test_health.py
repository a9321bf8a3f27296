"""/healthz, /readyz and /metrics, asked for over a socket while a bot runs."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import gateway
from bot.answering.answerer import Answerer
from bot.chat_model import open_chat_model
from bot.client import Newsdesk
from bot.errors import ConfigurationError, QuestionError
from bot.metrics import STAGES, Metrics
from bot.running import run_bot
from bot.settings import BotSettings, host_and_port
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Permission, User
from tests.bot_discord.conftest import Told, know_all_servers_at_once, until
from tests.chat_server.server import Script, chat_server
from vectorstore import SHARED, Vectorstore
from vectorstore.feeds import Feeds
from vectorstore.index_damage import Phase

ARTICLE = b"The ferry strike ended on Monday.\n\nThe harbour master said so."


@pytest.fixture
def bot(told: Told, store: Vectorstore, unused_tcp_port: int) -> Newsdesk:
    address = f"127.0.0.1:{unused_tcp_port}"
    client = Newsdesk(
        told,
        Ingestion(store, IngestSettings(_env_file=None, sources=())),
        store,
        BotSettings(_env_file=None, health_address=address),
        max_bytes=10_000,
    )
    know_all_servers_at_once(client)
    return client


@asynccontextmanager
async def running(bot: Newsdesk, server: DiscordServer) -> AsyncIterator[asyncio.Task[None]]:
    with server.redirect():
        task = asyncio.create_task(run_bot(bot, server.token))
        try:
            yield task
        finally:
            if not bot.stopping:
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(task, 20)


async def asked(bot: Newsdesk, path: str) -> tuple[int, Any]:
    url = f"http://{bot.settings.health_address}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        is_json = response.content_type == "application/json"
        return response.status, await (response.json() if is_json else response.text())


async def ready(bot: Newsdesk) -> None:
    async with asyncio.timeout(20):
        while bot.gateway.state != "ready":  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def samples(bot: Newsdesk) -> dict[str, float]:
    """By name and labels, as ``name{label=value}``."""
    status, text = await asked(bot, "/metrics")
    assert status == 200
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_it_is_not_ready_before_discord_is_and_while_it_drains(
    server: DiscordServer, channel: Channel, alice: User, bot: Newsdesk, told: Told
) -> None:
    server.gateway.available = False
    async with running(bot, server):
        await until(lambda: bool(server.requests))
        assert await asked(bot, "/healthz") == (
            200,
            {"ok": True, "gateway": "connecting", "silent_seconds": pytest.approx(0, abs=20)},
        )
        status, body = await asked(bot, "/readyz")
        assert (status, body["gateway"], body["store"]) == (503, "connecting", "open")
        server.gateway.available = True
        await ready(bot)
        assert await asked(bot, "/readyz") == (
            200,
            {"ok": True, "gateway": "ready", "store": "open", "draining": False},
        )
        told.may_answer.clear()
        question = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await question.wait_for_ack()
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: bot.stopping)
        status, body = await asked(bot, "/readyz")
        assert (status, body["draining"]) == (503, True)
        late = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await late.wait_for_response()
        found = await samples(bot)
        assert found["newsdesk_questions_total{outcome=busy}"] == 1
        assert found["newsdesk_queue{queue=question}"] == 1
        assert found["newsdesk_stopping"] == 1
        told.may_answer.set()
        await question.wait_for_response()


async def test_a_lost_gateway_is_not_ready_and_found_again(
    server: DiscordServer, bot: Newsdesk
) -> None:
    async with running(bot, server):
        await ready(bot)
        server.gateway.available = False
        await server.drop_gateway(None)
        await until(lambda: bot.gateway.state == "disconnected")
        assert (await asked(bot, "/readyz"))[0] == 503
        server.gateway.available = True
        await ready(bot)
        assert (await asked(bot, "/readyz"))[0] == 200


async def test_heartbeats_that_nobody_answers_are_no_health(
    server: DiscordServer, bot: Newsdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.health.SILENT_SECONDS", 1.0)
    server.gateway.heartbeat_interval = 0.1
    async with running(bot, server):
        await ready(bot)
        await asyncio.sleep(1.2)
        assert (await asked(bot, "/healthz"))[0] == 200
        server.gateway.answers_heartbeats = False
        await asyncio.sleep(1.2)
        status, body = await asked(bot, "/healthz")
        assert (status, body["ok"]) == (503, False)
        assert body["silent_seconds"] > 1
        server.gateway.answers_heartbeats = True
        await until(lambda: bot.gateway.silent_seconds < 1)
        assert (await asked(bot, "/healthz"))[0] == 200
    assert gateway.SILENT_SECONDS > 60


async def test_a_loop_that_hangs_does_not_answer(server: DiscordServer, bot: Newsdesk) -> None:
    async with running(bot, server):
        await ready(bot)
        host, port = host_and_port(bot.settings.health_address)
        prober = await asyncio.create_subprocess_exec(
            "python3",
            "-c",
            "import sys, urllib.request as r\n"
            f"print(r.urlopen('http://{host}:{port}/healthz', timeout=0.5).status)",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        time.sleep(2)  # noqa: ASYNC251 - that is what hangs
        assert await prober.wait() != 0
        assert (await asked(bot, "/healthz"))[0] == 200


async def test_what_is_counted(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    bot: Newsdesk,
    told: Told,
) -> None:
    assert channel.guild
    editor = server.add_member(channel.guild, "Ed", permissions=Permission.MANAGE_MESSAGES)

    async def ask() -> None:
        command = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await command.wait_for_response()

    async with running(bot, server):
        await ready(bot)
        before = await samples(bot)
        await ask()
        told.reply = QuestionError("It can't be asked so.")
        await ask()
        told.reply = RuntimeError("a bug")
        await ask()
        file = ("ferry.txt", ARTICLE)
        added = await server.user_command(channel, editor, "ingest", {"attachment": file})
        await added.wait_for_response(20, lambda m: "added: 1" in m.text)
        await until(lambda: not bot.questions.accepted)
        async with asyncio.timeout(20):
            while (after := await samples(bot))["newsdesk_index_passages"] < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert before["newsdesk_questions_total{outcome=answered}"] == 0
    for outcome in ("answered", "invalid", "failed"):
        assert after[f"newsdesk_questions_total{{outcome={outcome}}}"] == 1
    assert after["newsdesk_question_seconds_count"] == 3
    assert after["newsdesk_question_stage_seconds_count{stage=wait}"] == 3
    assert after["newsdesk_question_stage_seconds_count{stage=deliver}"] == 1
    assert after["newsdesk_unforeseen_errors_total"] == 1
    assert after["newsdesk_ingested_total{outcome=added}"] == 1
    assert (before["newsdesk_articles"], after["newsdesk_articles"]) == (0, 1)
    assert after["newsdesk_passages"] == after["newsdesk_index_passages"] == 2
    phases = {phase: after[f"newsdesk_index_phase{{phase={phase}}}"] for phase in get_args(Phase)}
    assert phases == dict.fromkeys(get_args(Phase), 0) | {"ready": 1}
    assert after["newsdesk_gateway_state{state=ready}"] == 1
    assert after["newsdesk_queue{queue=question}"] == 0
    assert after["newsdesk_servers"] == 1
    assert after["newsdesk_index_failing"] == after["newsdesk_index_trouble"] == 0
    assert after["process_resident_memory_bytes"] > 0
    ids = {str(channel.id), str(channel.guild.id), str(alice.id)}
    assert not any(one in name for name in after for one in ids)


async def test_a_catalog_that_hangs_keeps_no_question_waiting(
    server: DiscordServer, channel: Channel, alice: User, bot: Newsdesk, store: Vectorstore
) -> None:
    hangs, counts = threading.Event(), 0
    state = type(store.index).state.fget  # type: ignore[attr-defined]

    def slow(index: Any) -> Any:
        nonlocal counts
        counts += 1
        hangs.wait(60)
        return state(index)

    async with running(bot, server):
        await ready(bot)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(type(store.index), "state", property(slow))
            waiting = [asyncio.create_task(samples(bot)) for _ in range(5)]
            await until(lambda: counts == 1)
            command = await server.user_command(channel, alice, "articles list")
            await command.wait_for_response(20)
            # What is known without the catalog is told all the same.
            for one in waiting:
                assert (await one)["newsdesk_index_phase{phase=ready}"] == 1
            assert (await asked(bot, "/readyz"))[0] == 503
            assert counts == 1
            hangs.set()
        async with asyncio.timeout(20):
            while (await asked(bot, "/readyz"))[0] != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_stages_feeds_and_a_chat_model_that_fails(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    store: Vectorstore,
    unused_tcp_port: int,
) -> None:
    reading = Ingestion(store, IngestSettings(_env_file=None, sources=()))
    reading.add_bytes("ferry.txt", ARTICLE, SHARED)
    Feeds(store.catalog.database).add(SHARED, "http://127.0.0.1:1/feed", "A feed")
    metrics = Metrics()
    with chat_server(Script(status=500)) as url:
        settings = BotSettings(
            _env_file=None,
            health_address=f"127.0.0.1:{unused_tcp_port}",
            chat_model="openai:test",
            chat_base_url=url,
        )
        chat = open_chat_model(settings, metrics.chat_failed)
        answerer = Answerer(store.catalog, store.retriever, chat, metrics.timed)
        client = Newsdesk(answerer, reading, store, settings, max_bytes=10, metrics=metrics)
        know_all_servers_at_once(client)
        async with running(client, server):
            await ready(client)
            question = {"question": "When did the ferry strike end?"}
            command = await server.user_command(channel, alice, "ask", question)
            answer = await command.wait_for_response(20)
            await until(lambda: not client.questions.accepted)
            async with asyncio.timeout(30):
                failed = "newsdesk_feed_polls_total{outcome=failed}"
                while not (found := await samples(client))[failed]:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
    assert "ended on Monday" in answer.text
    for stage in STAGES:
        assert found[f"newsdesk_question_stage_seconds_count{{stage={stage}}}"] == 1
    assert found["newsdesk_chat_model_failures_total{reason=unavailable}"] == 1
    assert found["newsdesk_chat_model_failures_total{reason=slow}"] == 0
    assert found["newsdesk_feed_polls_total{outcome=ok}"] == 0
    assert found["newsdesk_ingested_total{outcome=failed}"] == 0


async def test_an_address_that_is_taken(server: DiscordServer, bot: Newsdesk) -> None:
    host, port = host_and_port(bot.settings.health_address)
    refused = pytest.raises(ConfigurationError, match=r"BOT_HEALTH_ADDRESS is .*: .* in use")
    with socket.create_server((host, port)), server.redirect(), refused:
        await run_bot(bot, server.token)
    assert bot.is_closed()


@pytest.mark.parametrize("written", [{}, {"health_address": "127.0.0.1:8378"}])
async def test_the_default_address_is_only_tried(
    written: dict[str, Any],
    server: DiscordServer,
    told: Told,
    store: Vectorstore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Written out, as .env.example has it, it is the default all the same.
    settings = BotSettings(_env_file=None, **written)
    client = Newsdesk(
        told, Ingestion(store, IngestSettings(_env_file=None)), store, settings, max_bytes=10
    )
    host, port = host_and_port(settings.health_address)
    assert host == "127.0.0.1"
    try:
        taken = socket.create_server((host, port))
    except OSError:
        taken = socket.socket()  # by somebody else already
    with taken:
        async with running(client, server):
            await server.wait_until_connected()
    assert "BOT_HEALTH_ADDRESS" in caplog.text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("8378", ("127.0.0.1", 8378)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:8378", ("::1", 8378)),
        ("bot.example:1", ("bot.example", 1)),
    ],
)
def test_addresses(written: str, meant: tuple[str, int]) -> None:
    assert host_and_port(written) == meant


@pytest.mark.parametrize("written", ["x", ":80", "a:0", "a:65536", "::1", "a:b", "a:²"])
def test_what_is_no_address(written: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        BotSettings(_env_file=None, health_address=written)
