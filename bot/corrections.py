"""Corrections: an answer whose article has changed since is marked with what it says now.

Whoever ingests, in whichever process, leaves in the catalog which versions ended. The bot looks at
the answers that quote those articles, and compares each quote with the article as it is: so nothing
is lost when it was not running, and nothing is told twice.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from bot.answering.answer import Citation
from bot.records import Delivered, Records
from bot.rendering import escape, shorten
from bot.texts import Words
from bot.titles import visible_audiences
from ingest.differences import ALIKE, likeness, whole_paragraphs
from vectorstore import Catalog, Passage

# A question may be answered from the old text while the new one is stored: later than this, its
# answer is noted.
_SETTLED = timedelta(minutes=1)
_POINTER = "corrections"
_QUOTE_LIMIT = 500
_TITLE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Correction:
    """A quote of an answer that its article no longer has."""

    marker: int
    title: str
    quote: str
    now: str | None
    """The sentence that came in its place, as far as one did."""
    removed: bool
    """The article is gone."""


@dataclass(frozen=True, slots=True)
class Due:
    """An answer whose message says something else than it should."""

    delivered: Delivered
    corrections: tuple[Correction, ...]
    """Empty where the articles say again what it quoted."""


class CorrectionRecords:
    """What is due, and what was told; methods block and may raise ``CatalogError``."""

    def __init__(self, catalog: Catalog, records: Records, days: int) -> None:
        """``days``: older answers are left alone."""
        self._catalog = catalog
        self._records = records
        self._days = days

    def due(self) -> tuple[list[Due], int]:
        """The answers to mark; and the sequence number up to which all is told with them."""
        upto = int(self._catalog.meta(_POINTER) or 0)
        now = datetime.now(UTC)
        cited: dict[int, Delivered] = {}
        endings = self._catalog.versions.ended_after(upto)
        for article_id in dict.fromkeys(ending.article_id for ending in endings):
            for delivered in self._records.citing(article_id, now - timedelta(days=self._days)):
                # What one person saw can't be edited any more.
                if delivered.messages and not delivered.private:
                    cited[delivered.id] = delivered
        settled = (ending.sequence for ending in endings if now - ending.at > _SETTLED)
        upto = max(settled, default=upto)
        found = (Due(one, tuple(self._corrections(one))) for one in cited.values())
        return [due for due in found if _dumped(due.corrections) != self._told(due)], upto

    def told(self, due: Due) -> None:
        """Note that a message is marked, or can't be."""
        with self._catalog.database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO answer_corrections SELECT id, ? FROM answers WHERE id = ?",
                (_dumped(due.corrections), due.delivered.id),
            )

    def told_up_to(self, sequence: int) -> None:
        if int(self._catalog.meta(_POINTER) or 0) < sequence:
            self._catalog.set_meta(_POINTER, str(sequence))

    def _told(self, due: Due) -> str:
        query = "SELECT told FROM answer_corrections WHERE answer_id = ?"
        rows = self._catalog.database.rows(query, (due.delivered.id,))
        return str(rows[0]["told"]) if rows else _dumped(())

    def _corrections(self, delivered: Delivered) -> Iterator[Correction]:
        audiences = visible_audiences(delivered.guild)
        for citation in delivered.answer.citations:
            versions = self._catalog.versions.of(citation.article_id)
            if not versions or versions[-1].article.audience not in audiences:
                continue
            if versions[-1].removed:
                yield _correction(citation, None, removed=True)
                continue
            passages = self._catalog.passages_of(citation.article_id)
            if not _says(passages, citation.quote):
                before = self._before(citation)
                yield _correction(citation, _instead(citation.quote, before, passages))

    def _before(self, citation: Citation) -> Sequence[Passage]:
        """The last version that had a quote."""
        versions = self._catalog.versions
        for version in reversed(versions.of(citation.article_id)):
            passages = versions.passages(citation.article_id, version.number)
            if _says(passages, citation.quote):
                return passages
        return ()


def notice(corrections: Sequence[Correction], said: Words) -> list[str]:
    """A block for each: what was quoted, what stands there now."""
    return [_block(correction, said) for correction in corrections]


def _block(correction: Correction, said: Words) -> str:
    title = shorten(escape(" ".join(correction.title.split())), _TITLE_LIMIT)
    lines = [
        f"**[{correction.marker}]** {title}",
        f"*{said.then_quoted}:* {_line(correction.quote)}",
    ]
    if correction.now is not None:
        lines.append(f"*{said.says_now}:* {_line(correction.now)}")
    else:
        gone = said.no_longer_there if correction.removed else said.says_no_longer
        lines.append(f"**{gone}**")
    return "\n".join(lines)


def _line(text: str) -> str:
    return shorten(escape(" ".join(text.split())), _QUOTE_LIMIT)


def _correction(citation: Citation, now: str | None, *, removed: bool = False) -> Correction:
    return Correction(citation.marker, citation.title, citation.quote, now, removed)


def _says(passages: Sequence[Passage], quote: str) -> bool:
    """Whether a quote stands in one of the paragraphs; other spaces are no other words."""
    wanted = " ".join(quote.split())
    return any(wanted in " ".join(text.split()) for text in whole_paragraphs(passages).values())


def _instead(quote: str, before: Sequence[Passage], now: Sequence[Passage]) -> str | None:
    """The new sentence that is most like a quote, if one is."""
    old = set(_sentences(before))
    new = [sentence for sentence in _sentences(now) if sentence not in old]
    best = max(new, key=lambda sentence: likeness(sentence, quote), default=None)
    return best if best is not None and likeness(best, quote) >= ALIKE else None


def _sentences(passages: Sequence[Passage]) -> list[str]:
    return [text for passage in passages for text in passage.sentence_texts]


def _dumped(corrections: Sequence[Correction]) -> str:
    return json.dumps([asdict(one) for one in corrections], ensure_ascii=False)
