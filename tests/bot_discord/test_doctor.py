"""`python -m bot doctor` as a program, against the stand-in."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from aiohttp import web

from bot.doctor.machine import names_of
from bot.servers import Servers, ServerSettings
from bot.settings import BotSettings
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, Intent, Permission
from tests.chat_server.server import Script, chat_server
from tests.conftest import ROOT
from vectorstore import SHARED, Vectorstore, VectorstoreSettings

Findings = dict[str, dict[str, str]]


async def run_doctor(
    server: DiscordServer, cwd: Path, *arguments: str, **settings: str
) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stand_in.launch", str(server.port), "--", "doctor", *arguments),
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, stdout.decode(), stderr.decode()


async def findings(server: DiscordServer, cwd: Path, **settings: str) -> tuple[int, Findings]:
    """By name; of several of one name the worst."""
    status, stdout, stderr = await run_doctor(server, cwd, "--json", **settings)
    assert "Traceback" not in stderr
    order = ["failed", "warning", "skipped", "ok"]
    read = sorted(map(json.loads, stdout.splitlines()), key=lambda f: order.index(f["status"]))
    found: Findings = {}
    for one in read:
        found.setdefault(one["name"], one)
    return status, found


async def test_all_is_well(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    store: Vectorstore,
    folder: Path,
    tmp_path: Path,
) -> None:
    Ingestion(store, IngestSettings(_env_file=None)).add_bytes("a.txt", b"One two.", SHARED)
    status, found = await findings(
        server, tmp_path, VECTORSTORE_PATH=str(folder), DISCORD_TOKEN=server.token
    )
    assert {one["status"] for one in found.values()} == {"ok"}, found
    assert set(found) == {
        "settings",
        "data folder",
        "disk",
        "embedding model",
        "store",
        "index",
        "chat model",
        "clock",
        "token",
        "intents",
        f"permissions in “{guild.name}”",
    }
    assert found["store"]["told"].startswith("1 articles, 1 passages")
    assert status == 0


async def test_what_is_missing_is_named_with_what_to_do(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    store: Vectorstore,
    folder: Path,
    tmp_path: Path,
) -> None:
    quiet = server.add_channel(guild, "quiet", deny={server.bot: Permission.SEND_MESSAGES})
    hidden = server.add_channel(guild, "hidden", deny={server.bot: Permission.VIEW_CHANNEL})
    env = tmp_path / ".env"
    env.write_text("BOT_ANSWER_DAY=3\nINGEST_TIMEOUT=5\nOTHER_PROGRAM=1\n")
    env.chmod(0o644)
    settings = {
        "VECTORSTORE_PATH": str(folder),
        "DISCORD_TOKEN": server.token,
        "BOT_QUESTION_CHANNELS": "1",
        "VECTORSTORE_EMBEDINGS": "x",
    }
    status, stdout, _ = await run_doctor(server, tmp_path, **settings)
    assert status == 1
    for said in (
        "BOT_ANSWER_DAY in .env is no setting.",
        "Did you mean BOT_ANSWER_DAYS?",
        "VECTORSTORE_EMBEDINGS in the environment is no setting.",
        "chmod 600 .env",
        "There are no articles",
        "Switch on “Message Content Intent”",
        "Send Messages in #quiet",
    ):
        assert said in stdout
    assert "OTHER_PROGRAM" not in stdout
    # Nobody chose that channel: it may be meant to be hidden.
    assert "#hidden" not in stdout
    assert server.token not in stdout
    servers = Servers(store.catalog.database)
    servers.save(guild.id, ServerSettings(answer_channels=(hidden.id,)))
    del settings["BOT_QUESTION_CHANNELS"]
    _, found = await findings(server, tmp_path, **settings)
    told = found[f"permissions in “{guild.name}”"]
    assert (told["status"], told["told"]) == ("failed", "Missing: View Channel in #hidden.")
    assert quiet.name not in told["told"]


async def test_a_message_content_channel_without_its_setting(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    store: Vectorstore,
    folder: Path,
    tmp_path: Path,
) -> None:
    server.allowed_privileged_intents = Intent.MESSAGE_CONTENT
    Servers(store.catalog.database).save(
        guild.id, ServerSettings(question_channels=(channel.id,), moderators_channel=1)
    )
    _, found = await findings(
        server, tmp_path, VECTORSTORE_PATH=str(folder), DISCORD_TOKEN=server.token
    )
    assert found["intents"]["status"] == "warning"
    assert "BOT_MESSAGE_CONTENT=true" in found["intents"]["advice"]
    assert "1 channels" in found[f"permissions in “{guild.name}”"]["told"]


async def test_a_wrong_token_and_none(server: DiscordServer, tmp_path: Path) -> None:
    status, found = await findings(server, tmp_path, DISCORD_TOKEN="wrong")
    assert (status, found["token"]["status"]) == (1, "failed")
    assert "Reset Token" in found["token"]["advice"]
    server.requests.clear()
    status, found = await findings(server, tmp_path)
    assert (status, found["token"]["status"]) == (0, "warning")
    assert "terminal work without it" in found["token"]["told"]
    # Looking changes nothing.
    assert not (tmp_path / "data").exists()


async def test_a_bot_in_no_server_gets_the_link(server: DiscordServer, tmp_path: Path) -> None:
    _, found = await findings(server, tmp_path, DISCORD_TOKEN=server.token)
    assert f"client_id={server.bot.id}" in found["permissions"]["advice"]
    assert "applications.commands" in found["permissions"]["advice"]


async def test_a_discord_out_of_reach(
    server: DiscordServer, tmp_path: Path, unused_tcp_port: int
) -> None:
    server.port = unused_tcp_port
    status, found = await findings(server, tmp_path, DISCORD_TOKEN=server.token)
    assert (status, found["token"]["status"], found["clock"]["status"]) == (1, "failed", "skipped")
    assert "can't be reached" in found["token"]["told"]


async def test_a_clock_that_is_wrong(
    server: DiscordServer, tmp_path: Path, unused_tcp_port: int
) -> None:
    async def late(request: web.Request) -> web.Response:
        return web.Response(headers={"Date": "Tue, 15 Nov 1994 08:12:31 GMT"})

    application = web.Application()
    application.router.add_get("/api/v10/gateway", late)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    server.port = unused_tcp_port
    try:
        status, found = await findings(server, tmp_path)
    finally:
        await runner.cleanup()
    assert (status, found["clock"]["status"]) == (1, "failed")
    assert "ahead of Discord's" in found["clock"]["told"]


async def test_a_broken_store_and_a_folder_that_is_none(
    server: DiscordServer, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.sqlite3").write_bytes(b"no database at all" * 100)
    status, found = await findings(server, tmp_path)
    assert (status, found["store"]["status"]) == (1, "failed")
    assert "is damaged: file is not a database" in found["store"]["told"]
    assert "python -m ingest check --repair" in found["store"]["advice"]
    (tmp_path / "file").write_text("x")
    status, found = await findings(server, tmp_path, VECTORSTORE_PATH="file")
    assert (status, found["data folder"]["status"]) == (1, "failed")


async def test_a_store_of_another_model(
    server: DiscordServer, store: Vectorstore, folder: Path, tmp_path: Path
) -> None:
    Ingestion(store, IngestSettings(_env_file=None)).add_bytes("a.txt", b"One two.", SHARED)
    store.catalog.set_meta("embeddings", "another")
    status, found = await findings(server, tmp_path, VECTORSTORE_PATH=str(folder))
    assert (status, found["store"]["status"]) == (1, "failed")
    assert "embedded with “another”" in found["store"]["told"]
    assert "python -m ingest reindex" in found["store"]["advice"]


@pytest.mark.parametrize(("http", "told"), [(200, "answers."), (401, "can't be reached or failed")])
async def test_the_chat_model_is_asked(
    server: DiscordServer, tmp_path: Path, http: int, told: str
) -> None:
    with chat_server(Script(text="ready", status=http)) as url:
        status, found = await findings(
            server,
            tmp_path,
            BOT_CHAT_MODEL="openai:test",
            BOT_CHAT_BASE_URL=url,
            BOT_CHAT_API_KEY="sk-kept-to-itself",
        )
    assert status == (http != 200)
    assert told in found["chat model"]["told"]
    assert "sk-kept-to-itself" not in json.dumps(found)


async def test_a_setting_that_is_wrong(server: DiscordServer, tmp_path: Path) -> None:
    status, found = await findings(server, tmp_path, BOT_HEALTH_ADDRESS="here")
    assert status == 1
    assert "BOT_HEALTH_ADDRESS is “here”" in found["settings"]["told"]


def test_every_setting_is_known() -> None:
    names = names_of([BotSettings, IngestSettings, VectorstoreSettings])
    written = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert names == {n.partition("=")[0] for n in written if n and not n.startswith("#")}
