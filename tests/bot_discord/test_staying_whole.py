"""What the bot does about a store that breaks, fills its disk, or loses its process."""

import os
import random
import re
import signal
from pathlib import Path

import pytest

from bot.texts import words
from stand_in import Channel, DiscordServer, Guild, Permission, User
from tests.bot_discord.conftest import Run, reopened, until
from tests.bot_discord.test_end_to_end import ARTICLE, QUESTION, bot_process, ingest
from vectorstore import SHARED, Vectorstore
from vectorstore.backups import problem_of
from vectorstore.checks import check
from vectorstore.late import Constants
from vectorstore.local_index import LocalIndex

EN = words("en").newsdesk
# How often the process is killed; `FAULTS=50 pytest tests/bot_discord` for ten times.
_KILLS = max(1, int(os.environ.get("FAULTS", "5")) // 5)


@pytest.fixture
def boss(server: DiscordServer, guild: Guild) -> User:
    allowed = Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES
    return server.add_member(guild, "Boss", permissions=allowed)


async def diagnosis(server: DiscordServer, channel: Channel, boss: User) -> str:
    asked = await server.user_command(channel, boss, "newsdesk diag")
    return (await asked.wait_for_response()).content


async def test_it_makes_a_backup_and_says_when(
    server: DiscordServer, channel: Channel, boss: User, run: Run, store: Vectorstore
) -> None:
    async with run():
        await until(lambda: bool(store.backups.all()))
        text = await diagnosis(server, channel, boss)
    [made] = store.backups.all()
    assert problem_of(made.path) is None
    assert f"<t:{int(made.made.timestamp())}:f>" in text


async def test_a_backup_that_fails_is_said(
    server: DiscordServer,
    channel: Channel,
    boss: User,
    run: Run,
    store: Vectorstore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store.backups.folder.write_text("A file where the folder should be.")
    store.backups.folder.chmod(0o600)
    async with run():
        await until(lambda: store.backups.trouble is not None)
        store.backups.folder.unlink()
        text = await diagnosis(server, channel, boss)
    assert EN.backup_failed in text
    assert "can't be backed up" in caplog.text


async def test_an_answer_that_cannot_be_noted_is_given_all_the_same(
    server: DiscordServer, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    with store.catalog.database.transaction() as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON answers "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "Who came?"})
        answer = await asked.wait_for_response()
    assert answer.content
    assert "can't be used" not in answer.content
    assert not answer.components


async def test_a_damaged_index_is_made_again_while_it_answers(
    server: DiscordServer, channel: Channel, boss: User, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "ferry.md").write_text(ARTICLE, encoding="utf-8")
    await ingest(tmp_path / "ferry.md", folder)
    sqlite = folder / "chroma" / "chroma.sqlite3"
    sqlite.write_bytes(random.Random(0).randbytes(sqlite.stat().st_size))
    async with bot_process(server, folder) as process:
        asked = await server.user_command(channel, boss, "ask", {"question": QUESTION})
        answer = await asked.wait_for_response(30)
        await until(lambda: sqlite.exists() and sqlite.read_bytes().startswith(b"SQLite"))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert "ended on Monday after nine days" in answer.content
    store = reopened(folder)
    assert isinstance(store.index, LocalIndex)
    assert store.index.settle(60)
    # It was told to end while it refilled the index; what it left out is searched meanwhile.
    store.index.apply()
    state = store.index.state
    store.close()
    assert (state.phase, state.indexed, state.passages) == ("ready", 2, 2)


async def test_a_bot_that_is_killed_keeps_what_it_said_it_had(
    server: DiscordServer, channel: Channel, boss: User, folder: Path
) -> None:
    choose = random.Random(_KILLS)
    kept: set[str] = set()
    for turn in range(_KILLS):
        async with bot_process(server, folder) as process:
            name = f"ferry-{turn}.md"
            file = (name, ARTICLE.replace("nine days", f"{turn + 2} days").encode())
            added = await server.user_command(channel, boss, "ingest", {"attachment": file})
            if choose.random() < 0.7:
                await added.wait_for_response(60, lambda m: "added: 1" in m.text)
                kept.add(f"upload:{name}")
            process.kill()
            await process.wait()
    async with bot_process(server, folder):
        asked = await server.user_command(channel, boss, "ask", {"question": QUESTION})
        answer = await asked.wait_for_response(30)
    if kept:
        assert re.search(r"ended on Monday after \d+ days", answer.content)
    store = reopened(folder)
    audience = f"guild-{channel.guild.id}" if channel.guild else SHARED
    assert {one.source for one in store.catalog.articles([audience])} >= kept
    assert check(store.catalog, Constants.shipped().token_bytes) == []
    store.close()
