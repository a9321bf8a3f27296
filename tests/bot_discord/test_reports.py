"""What became of articles, as messages that fit."""

import pytest

from bot.reports import article_line, code, progress_line, report_list
from bot.texts import words
from ingest.differences import FieldChange, edits
from ingest.report import IngestReport, Outcome, Progress
from vectorstore import Article, Passage, Span

EN = words("en")


def report(outcome: Outcome, source: str = "/srv/news/a.md", **values: object) -> IngestReport:
    return IngestReport(source=source, outcome=outcome, **values)  # type: ignore[arg-type]


def passages(*texts: str) -> list[Passage]:
    return [Passage(n, 0, text, (Span(0, len(text)),)) for n, text in enumerate(texts, 1)]


def text_of(reply: object) -> str:
    embed = getattr(reply, "embed", None)
    return str(embed.description if embed else getattr(reply, "content", ""))


def test_the_counts_come_first_and_then_what_failed() -> None:
    reports = [
        report("unchanged", title="Old"),
        report("added", title="New", added=3),
        report("updated", title="Changed", added=1, removed=2),
        report("failed", error="“/srv/news/a.md” is empty."),
    ]
    assert text_of(report_list(reports, EN, True)) == (
        "**failed: 1 · added: 1 · updated: 1 · unchanged: 1**\n"
        "• `a.md` — failed: “a.md” is empty.\n"
        "• New — added, passages +3 −0\n"
        "• Changed — updated, passages +1 −2\n"
        "• Old — unchanged"
    )


@pytest.mark.parametrize(("embeds", "limit"), [(True, 4096), (False, 2000)])
def test_what_does_not_fit_is_counted(embeds: bool, limit: int) -> None:
    reports = [report("added", title=f"*Title* {n} " + "x" * 200, added=1) for n in range(500)]
    text = text_of(report_list(reports, EN, embeds))
    assert len(text) <= limit
    *lines, last = text.splitlines()
    assert last == f"… and {500 - (len(lines) - 1)} more"


def test_nothing_to_report() -> None:
    assert report_list([], EN, True).content == EN.nothing_to_ingest


def test_an_article_is_listed_with_what_tells_it_apart() -> None:
    shared = Article(
        source="https://x.example/1",
        title="The *talks*",
        language="en",
        published="2025-02-18T09:00",
        url="https://x.example/1",
        site="x.example",
    )
    own = Article(source="/srv/secret/b.md", title="Ours", audience="guild-1")
    assert article_line(shared, EN) == (
        "• [The \\*talks\\*](<https://x.example/1>) · 2025-02-18 · en · x.example"
    )
    assert article_line(own, EN) == (f"• Ours · undated · `{own.id[:8]}` · only in this server")


def test_the_words_that_changed_are_told_and_are_nobodys_markdown() -> None:
    then = "The *strike* began on Monday. @everyone went."
    now = "The *strike* began on ~~Tuesday~~. @everyone went."
    texts = [f"Ferry {n} sailed." for n in range(9)]
    old, new = (
        passages(then, "It rained.", *texts),
        passages(now, *reversed(texts), "It snowed hard."),
    )
    changed = report(
        "updated",
        title="Strike",
        added=2,
        removed=2,
        fields=(FieldChange("title", "Strik", "Strike"),),
        edits=tuple(edits(old, new)),
    )
    assert text_of(report_list([changed], EN, True)) == (
        "**updated: 1**\n"
        "• Strike — updated, passages +2 −2\n"
        "  ~~Strik~~ → **Strike**\n"
        "  ¶ 1: ~~Monday~~ → **\\~\\~Tuesday\\~\\~**\n"
        "  ¶ 2: ~~It rained.~~\n"
        "  … and 9 more"
    )


def test_progress_tells_how_far_it_is() -> None:
    reading = Progress("/srv/news/a.md", 0, 0, 1, 3)
    assert progress_line(reading, EN) == "Article 2 of 3: `a.md`"
    assert progress_line(Progress("https://x.example/a", 8, 20, 0, 1), EN) == (
        "Article 1 of 1: `https://x.example/a` · 8 of 20 passages"
    )


def test_code_has_no_way_out() -> None:
    assert code("a`b") == "`a'b`"
    assert code("C:\\news\\a.md") == "`a.md`"
    assert code("") == "`-`"
