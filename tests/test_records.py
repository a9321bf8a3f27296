"""Answers, feedback and settings that outlive a restart."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bot.records import Records
from bot.servers import Servers, ServerSettings
from tests.bot_discord.examples import answer, citation
from tests.conftest import CatalogAt
from vectorstore import Article, Scope, read_period
from vectorstore.catalog import open_database
from vectorstore.database import Database
from vectorstore.sqlite import SqliteDatabase

HOUR = timedelta(hours=1)


CATALOGS = ("sqlite", "postgres")


@pytest.fixture
def database(tmp_path: Path, catalog_at: CatalogAt) -> Iterator[Database]:
    database = open_database(catalog_at(tmp_path))
    yield database
    database.close()


@pytest.fixture
def records(database: Database) -> Records:
    return Records(database)


def test_an_answer_is_found_by_each_of_its_messages_and_is_the_same(records: Records) -> None:
    given = answer(citations=(citation(), citation(marker=2)), glosses={1: "Le pont"})
    number = records.remember(given, guild=1, channel=2, messages=[30, 31], asker=4)
    for message in (30, 31):
        found = records.by_message(2, message)
        assert found is not None
        assert (found.id, found.messages, found.answer) == (number, (30, 31), given)
    assert records.by_message(3, 30) is None


def test_an_answer_has_its_number_before_it_is_sent(records: Records) -> None:
    number = records.remember(answer(), guild=1, channel=2, asker=4)
    assert records.latest_in(2) is None
    records.sent(number, 5, [30, 31])
    found = records.by_message(5, 31)
    assert found is not None
    assert (found.id, found.channel, found.messages) == (number, 5, (30, 31))
    assert records.latest_in(5) == found
    records.forget_member(4)
    records.sent(number, 5, [32])
    assert records.by_message(5, 32) is None


@pytest.mark.parametrize(
    "scope", [Scope(), Scope(read_period("2025-02", None)), Scope(read_period(None, "2025"), "a1")]
)
def test_what_of_the_articles_was_asked_is_kept(records: Records, scope: Scope) -> None:
    found = records.by_id(records.remember(answer(), guild=1, channel=2, asker=4, scope=scope))
    assert found is not None
    assert found.scope.article == scope.article
    days = (found.scope.period and found.scope.period.days, scope.period and scope.period.days)
    assert days[0] == days[1]


def test_a_conversation_is_the_answers_that_lean_on_each_other(records: Records) -> None:
    last = None
    for n in range(9):
        last = records.remember(
            answer(question=f"Q{n}"), guild=1, channel=2, messages=[n], asker=4, leans_on=last
        )
    turns = records.turns(records.by_message(2, 8))
    assert [turn.question for turn in turns] == ["Q3", "Q4", "Q5", "Q6", "Q7", "Q8"]


def test_the_latest_of_a_channel_is_no_private_one(records: Records) -> None:
    seen = records.remember(answer(), guild=1, channel=2, messages=[1], asker=4)
    records.remember(answer(), guild=1, channel=2, messages=[2], asker=4, private=True)
    latest = records.latest_in(2)
    assert latest is not None
    assert latest.id == seen
    assert records.latest_in(3) is None


def test_answers_that_quote_an_article_are_found_since_a_time(records: Records) -> None:
    number = records.remember(answer(), guild=1, channel=2, messages=[1], asker=4)
    article = answer().citations[0].article_id
    now = datetime.now(UTC)
    assert [found.id for found in records.citing(article, now - HOUR)] == [number]
    assert records.citing(article, now + HOUR) == []
    assert records.citing("another", now - HOUR) == []


def test_an_answer_is_found_by_each_article_that_has_its_quote(records: Records) -> None:
    other = Article(source="b", title="Copy", url="https://b.example/", published="2025-02-11")
    quoted = citation(also_in=(other,))
    number = records.remember(
        answer(citations=(quoted,)), guild=1, channel=2, asker=3, messages=[4]
    )
    for article in (quoted.article_id, other.id):
        (found,) = records.citing(article, datetime.now(UTC) - HOUR)
        assert found.id == number
        assert found.answer.citations == (quoted,)


def test_an_answer_of_before_copies_were_named_is_read(records: Records) -> None:
    number = records.remember(answer(), guild=1, channel=2, asker=3, messages=[4])
    with records._database.transaction() as db:
        (noted,) = db.execute("SELECT answer FROM answers WHERE id = ?", (number,)).fetchone()
        old = json.loads(noted)
        del old["citations"][0]["also_in"]
        db.execute("UPDATE answers SET answer = ? WHERE id = ?", (json.dumps(old), number))
    found = records.by_id(number)
    assert found is not None
    assert found.answer == answer()


def test_a_second_verdict_replaces_the_first(records: Records) -> None:
    number = records.remember(answer(), guild=1, channel=2, messages=[1], asker=4)
    records.rate(number, 7, "helpful")
    records.rate(number, 7, "wrong_source", "It is about another bridge.")
    (verdict,) = records.feedback()
    assert (verdict.verdict, verdict.reason) == ("wrong_source", "It is about another bridge.")


def test_forgetting_a_member_leaves_the_others(records: Records) -> None:
    mine = records.remember(answer(), guild=1, channel=2, messages=[1], asker=4)
    other = records.remember(answer(), guild=1, channel=2, messages=[2], asker=5, leans_on=mine)
    records.rate(other, 4, "helpful")
    records.rate(other, 5, "helpful")
    records.forget_member(4)
    assert records.by_message(2, 1) is None
    assert [verdict.member for verdict in records.feedback()] == [5]
    left = records.by_id(other)
    assert left is not None
    assert left.leans_on is None


def test_forgetting_a_server_leaves_the_others(records: Records) -> None:
    records.remember(answer(), guild=1, channel=2, messages=[1], asker=4)
    records.remember(answer(), guild=9, channel=3, messages=[2], asker=4)
    records.forget_server(1)
    assert [found.guild for found in records.of_asker(4)] == [9]
    records.forget_before(datetime.now(UTC) + HOUR)
    assert records.of_asker(4) == []


def test_settings_are_kept(database: Database) -> None:
    servers = Servers(database)
    assert servers.settings(1) == ServerSettings()
    changed = ServerSettings(editor_roles=(5, 6), threads=True, language="fr", member_seconds=2.5)
    servers.save(1, changed)
    assert Servers(database).settings(1) == changed
    assert servers.settings(2) == ServerSettings()


def test_a_server_that_was_left_is_known_until_the_bot_returns(database: Database) -> None:
    servers = Servers(database)
    servers.save(1, ServerSettings(threads=True))
    later = datetime.now(UTC) + HOUR
    servers.left(1)
    servers.left(2)
    assert servers.left_before(later) == [1, 2]
    servers.returned(1)
    assert servers.left_before(later) == [2]
    assert servers.settings(1).threads
    servers.forget(2)
    assert servers.left_before(later) == []


def test_servers_that_the_bot_is_no_longer_in_are_those_it_was_in(database: Database) -> None:
    servers = Servers(database)
    later = datetime.now(UTC) + HOUR
    servers.present([1, 2])
    servers.present([2, 3])
    assert servers.left_before(later) == [1]
    servers.present([1, 2, 3])
    assert servers.left_before(later) == []


def test_a_shard_tells_nothing_of_the_servers_of_others(database: Database) -> None:
    servers = Servers(database)
    later = datetime.now(UTC) + HOUR
    # What is above bit 22 decides, and here it is the parity.
    ours, gone, theirs = 2 << 22, 4 << 22, 3 << 22
    servers.present([ours, gone], 0, 2)
    servers.present([theirs], 1, 2)
    servers.present([ours], 0, 2)
    assert servers.left_before(later) == [gone]


def test_two_changes_at_once_are_both_kept(database: Database) -> None:
    servers = Servers(database)
    ready = threading.Barrier(2)

    def change(values: dict[str, Any]) -> None:
        ready.wait(30)
        for _ in range(20):
            servers.change(1, lambda settings: replace(settings, **values))

    changes: list[dict[str, Any]] = [{"threads": True}, {"language": "fr"}]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, changes))
    expected = ServerSettings(threads=True, language="fr")
    assert servers.settings(1) == expected
    assert Servers(database).settings(1) == expected


def test_a_catalog_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    old = sqlite3.connect(path)
    old.executescript(files("vectorstore").joinpath("schema", "1.sql").read_text("utf-8"))
    old.execute("INSERT INTO meta VALUES ('id', 'kept')")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    database = SqliteDatabase(path)
    try:
        assert Servers(database).settings(1) == ServerSettings()
        row = database.connection.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()
        assert row["value"] == "kept"
    finally:
        database.close()
