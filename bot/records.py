"""Which message was which answer, and what was thought of it: kept in the catalog's file, so that
buttons, follow-ups and corrections outlive a restart."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from bot.answering.answer import Answer, Citation
from bot.answering.conversation import TURNS, Turn
from vectorstore import Article, Scope, read_period
from vectorstore.database import Connection, Database, Row, stamp
from vectorstore.scope import EVERYTHING

# SQLite and PostgreSQL have no common word for it.
_EVERY = 2**62

Verdict = Literal["helpful", "not_helpful", "wrong_source"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """An answer that was sent."""

    id: int
    guild: int | None
    """None in a direct message."""
    channel: int
    messages: tuple[int, ...]
    """Ids, in the order they were sent."""
    asker: int
    private: bool
    """Seen by the asker alone."""
    leans_on: int | None
    """The id of the answer whose question this one's leaned on."""
    answer: Answer
    given_at: datetime
    scope: Scope
    """What of the articles it was asked of."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One member's verdict on an answer."""

    answer_id: int
    member: int
    verdict: Verdict
    reason: str
    given_at: datetime


class Records:
    """Answers and feedback; every method does blocking I/O and may raise ``CatalogError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(
        self,
        answer: Answer,
        *,
        guild: int | None,
        channel: int,
        asker: int,
        messages: Sequence[int] = (),
        private: bool = False,
        leans_on: int | None = None,
        scope: Scope = EVERYTHING,
    ) -> int:
        """Note an answer; returns its id.

        Its buttons name that id, so it is noted before it is sent: ``sent`` tells the rest.
        """
        place = (guild, channel, asker, private, leans_on)
        since, until = scope.period.days if scope.period else (None, None)
        with self._database.transaction() as db:
            cursor = db.execute(
                "INSERT INTO answers (guild, channel, asker, private, leans_on, answer, given_at, "
                "since, until, article_id) "
                # The one that it leaned on may be forgotten meanwhile.
                "VALUES (?, ?, ?, ?, (SELECT id FROM answers WHERE id = ?), ?, ?, ?, ?, ?) "
                "RETURNING id",
                (*place, _dumped(answer), stamp(), since, until, scope.article),
            )
            answer_id = int(cursor.fetchone()["id"])
            _note_messages(db, answer_id, channel, messages)
            db.executemany(
                "INSERT OR IGNORE INTO answer_citations VALUES (?, ?)",
                [(answer_id, named) for c in answer.citations for named in _articles(c)],
            )
            return answer_id

    def sent(self, answer_id: int, channel: int, messages: Sequence[int]) -> None:
        """Note as which messages, and where, an answer was sent; nothing if it is forgotten."""
        with self._database.transaction() as db:
            known = db.execute("UPDATE answers SET channel = ? WHERE id = ?", (channel, answer_id))
            if known.rowcount:
                _note_messages(db, answer_id, channel, messages)

    def by_id(self, answer_id: int) -> Delivered | None:
        return next(iter(self._found("a.id = ?", answer_id)), None)

    def by_message(self, channel: int, message: int) -> Delivered | None:
        """The answer that a message is, or is a part of."""
        found = self._found(
            "a.id = (SELECT answer_id FROM answer_messages WHERE channel = ? AND message = ?)",
            channel,
            message,
        )
        return next(iter(found), None)

    def latest_in(self, channel: int) -> Delivered | None:
        """The last answer of a channel or thread that all there could see."""
        found = self._found(
            "a.channel = ? AND a.private = 0 "
            "AND EXISTS (SELECT 1 FROM answer_messages WHERE answer_id = a.id)",
            channel,
            most=1,
        )
        return next(iter(found), None)

    def turns(self, delivered: Delivered | None) -> tuple[Turn, ...]:
        """The conversation that led to an answer and the answer itself, the oldest first."""
        turns: list[Turn] = []
        while delivered and len(turns) < TURNS:
            turns.append(Turn(delivered.answer.question, delivered.answer))
            delivered = self.by_id(delivered.leans_on) if delivered.leans_on else None
        return tuple(reversed(turns))

    def citing(self, article_id: str, since: datetime) -> list[Delivered]:
        """The answers since a time that quote an article, newest first."""
        return self._found(
            "a.id IN (SELECT answer_id FROM answer_citations WHERE article_id = ?) "
            "AND a.given_at >= ?",
            article_id,
            stamp(since),
        )

    def of_asker(self, member: int) -> list[Delivered]:
        return self._found("a.asker = ?", member)

    # Feedback

    def rate(self, answer_id: int, member: int, verdict: Verdict, reason: str = "") -> None:
        """Note a member's verdict; it replaces an earlier one of theirs."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)",
                (answer_id, member, verdict, reason, stamp()),
            )

    def feedback(self) -> list[Feedback]:
        """Everyone's verdicts, the oldest first."""
        return self._verdicts("SELECT * FROM feedback ORDER BY given_at, answer_id")

    def feedback_of(self, member: int) -> list[Feedback]:
        query = "SELECT * FROM feedback WHERE member = ? ORDER BY given_at, answer_id"
        return self._verdicts(query, member)

    # Forgetting

    def forget_member(self, member: int) -> None:
        """Delete a member's questions with their answers, and their verdicts."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM feedback WHERE member = ?", (member,))
            db.execute("DELETE FROM answers WHERE asker = ?", (member,))

    def forget_server(self, guild: int) -> None:
        """Delete all that was asked in a server."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM answers WHERE guild = ?", (guild,))

    def forget_before(self, time: datetime) -> None:
        """Delete the answers given before a time, with what hangs on them."""
        with self._database.transaction() as db:
            db.execute(
                "DELETE FROM answers WHERE given_at < ?",
                (stamp(time),),
            )

    def _found(self, condition: str, *values: object, most: int = _EVERY) -> list[Delivered]:
        rows = self._database.rows(
            "SELECT a.*, (SELECT json_group_array(message) FROM (SELECT message FROM "
            "answer_messages WHERE answer_id = a.id ORDER BY message) AS ordered) AS messages "
            f"FROM answers a WHERE {condition} ORDER BY a.id DESC LIMIT ?",
            (*values, most),
        )
        return [_delivered(row) for row in rows]

    def _verdicts(self, query: str, *values: object) -> list[Feedback]:
        return [
            Feedback(
                row["answer_id"],
                row["member"],
                row["verdict"],
                row["reason"],
                datetime.fromisoformat(row["given_at"]),
            )
            for row in self._database.rows(query, values)
        ]


def _articles(citation: Citation) -> Iterator[str]:
    """Whose change makes the citation wrong."""
    yield citation.article_id
    yield from (article.id for article in citation.also_in)


def _note_messages(db: Connection, answer_id: int, channel: int, messages: Sequence[int]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO answer_messages VALUES (?, ?, ?)",
        [(channel, message, answer_id) for message in messages],
    )


def _delivered(row: Row) -> Delivered:
    return Delivered(
        id=row["id"],
        guild=row["guild"],
        channel=row["channel"],
        messages=tuple(json.loads(row["messages"])),
        asker=row["asker"],
        private=bool(row["private"]),
        leans_on=row["leans_on"],
        answer=_loaded(row["answer"]),
        given_at=datetime.fromisoformat(row["given_at"]),
        scope=Scope(read_period(row["since"], row["until"]), row["article_id"]),
    )


def _citation(values: dict[str, Any]) -> Citation:
    also_in = tuple(Article(**article) for article in values.get("also_in", ()))
    return Citation(**values | {"also_in": also_in})


def _dumped(answer: Answer) -> str:
    return json.dumps(asdict(answer), ensure_ascii=False)


def _loaded(text: str) -> Answer:
    values: dict[str, Any] = json.loads(text)
    for key in ("citations", "nearest"):
        values[key] = tuple(_citation(citation) for citation in values[key])
    # JSON knows no numbers as keys.
    values["glosses"] = {int(marker): gloss for marker, gloss in values["glosses"].items()}
    return Answer(**values)
