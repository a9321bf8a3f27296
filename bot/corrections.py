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
from bot.citing import named
from bot.escaping import escape
from bot.records import Delivered, Records
from bot.splitting import shorten
from bot.texts import Words
from bot.titles import visible_audiences
from ingest.differences import ALIKE, likeness, whole_paragraphs
from vectorstore import Article, Catalog, Passage
from vectorstore.wording import says, sentence_wordings, wording

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
    still_in: tuple[Article, ...] = ()
    """The other articles of the citation that still have the quote."""


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
            yield from self._of_article(citation, audiences, versions[-1].removed)
            yield from self._of_copies(citation, audiences)

    def _of_article(
        self, citation: Citation, audiences: Sequence[str], removed: bool
    ) -> Iterator[Correction]:
        passages = self._catalog.passages_of(citation.article_id)
        if not removed and _says(passages, citation.quote):
            return
        before = () if removed else self._before(citation.article_id, citation.quote)
        now = None if removed else _instead(citation.quote, before, passages)
        copies = [a for i in citation.also_in if (a := self._catalog.article(i.id))]
        still_in = tuple(
            copy
            for copy in copies
            if copy.audience in audiences
            and _has_copy(self._catalog.passages_of(copy.id), citation.quote)
        )
        yield _correction(citation, citation.title, now, removed=removed, still_in=still_in)

    def _of_copies(self, citation: Citation, audiences: Sequence[str]) -> Iterator[Correction]:
        """What was named as having the quote too, and no longer has it."""
        for copy in citation.also_in:
            article = self._catalog.article(copy.id)
            if article is None:
                yield _correction(citation, copy.title, None, removed=True)
                continue
            passages = self._catalog.passages_of(copy.id)
            if article.audience in audiences and not _has_copy(passages, citation.quote):
                now = _instead(citation.quote, self._before(copy.id, citation.quote), passages)
                yield _correction(citation, copy.title, now)

    def _before(self, article_id: str, quote: str) -> Sequence[Passage]:
        """The last version that had a quote."""
        versions = self._catalog.versions
        for version in reversed(versions.of(article_id)):
            passages = versions.passages(article_id, version.number)
            if _says(passages, quote) or _has_copy(passages, quote):
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
    if correction.still_in:
        lines.append(said.still_in.format(names=named(correction.still_in, said)))
    return "\n".join(lines)


def _line(text: str) -> str:
    return shorten(escape(" ".join(text.split())), _QUOTE_LIMIT)


def _correction(
    citation: Citation,
    title: str,
    now: str | None,
    *,
    removed: bool = False,
    still_in: tuple[Article, ...] = (),
) -> Correction:
    return Correction(citation.marker, title, citation.quote, now, removed, still_in)


def _has_copy(passages: Sequence[Passage], quote: str) -> bool:
    """Whether a quote of another article stands there, give or take a typo."""
    wanted = wording(quote)
    return any(says(sentence_wordings(passage), wanted) for passage in passages)


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
    # Without what is empty: corrections told before there was such a thing are still the same.
    told = [{key: v for key, v in asdict(one).items() if v != ()} for one in corrections]
    return json.dumps(told, ensure_ascii=False)
