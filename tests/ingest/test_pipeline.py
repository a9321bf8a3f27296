"""The way of articles into a real store."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import embed_passages
from ingest.errors import NothingToRefresh
from ingest.pipeline import Ingestion
from ingest.report import IngestReport, Progress
from ingest.settings import IngestSettings
from tests.ingest.conftest import CountingEmbeddings
from tests.ingest.web import PAGE, Web, text
from vectorstore import SHARED, Article, Passage, Span, Vectorstore
from vectorstore.embeddings import BundledEmbeddings

CATALOGS = ("sqlite", "postgres")
BRIDGE = "The bridge closed on Monday. It is old.\nTrams stop at the river.\nA ferry runs."


def add(ingestion: Ingestion, *sources: str, audience: str = SHARED) -> list[IngestReport]:
    return list(ingestion.add(sources, audience, operator=True))


def counts(report: IngestReport) -> tuple[str, int, int, int]:
    return report.outcome, report.added, report.removed, report.unchanged


def quoted(store: Vectorstore, question: str) -> list[str]:
    return [d.page_content for d in store.retriever.search(question, 5)]


def everything(store: Vectorstore) -> Sequence[object]:
    return [tuple(row) for row in store.catalog.query("SELECT * FROM passages")] + [
        tuple(row) for row in store.catalog.query("SELECT * FROM articles")
    ]


def test_added_then_unchanged(
    ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    Path("bridge.txt").write_text(BRIDGE)
    [first] = add(ingestion, "bridge.txt")
    assert counts(first) == ("added", 3, 0, 0)
    assert (first.language, first.published, first.error) == ("en", None, None)
    # Its opening words are no title to embed; sentences get their vectors from the same pass.
    assert embeddings.texts == BRIDGE.split("\n")
    assert quoted(store, "Where do the trams stop?")[0] == "Trams stop at the river."
    before = everything(store)
    embeddings.texts.clear()
    [second] = add(ingestion, "bridge.txt")
    assert counts(second) == ("unchanged", 0, 0, 3)
    assert second.article_id == first.article_id
    assert not embeddings.texts
    assert everything(store) == before


def test_an_edit_embeds_only_what_changed(
    ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    Path("bridge.txt").write_text(BRIDGE)
    add(ingestion, "bridge.txt")
    embeddings.texts.clear()
    Path("bridge.txt").write_text(BRIDGE.replace("Trams stop at the river.", "Trams cross again."))
    [report] = add(ingestion, "bridge.txt")
    assert counts(report) == ("updated", 1, 1, 2)
    assert embeddings.texts == ["Trams cross again."]
    assert "Trams stop at the river." not in quoted(store, "Where do the trams stop?")
    Path("bridge.txt").write_text("A ferry runs.")
    [report] = add(ingestion, "bridge.txt")
    assert counts(report) == ("updated", 0, 2, 1)
    assert quoted(store, "Where do the trams stop?") == ["A ferry runs."]


def test_a_title_is_embedded_with_its_passages(
    ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    Path("a.md").write_text("# River\n\nA ferry runs. It is free.")
    add(ingestion, "a.md")
    assert embeddings.texts == ["River. A ferry runs. It is free."]
    Path("a.md").write_text("# Stream\n\nA ferry runs. It is free.")
    embeddings.texts.clear()
    [report] = add(ingestion, "a.md")
    assert counts(report) == ("updated", 0, 0, 1)
    assert embeddings.texts == ["Stream. A ferry runs. It is free."]


def test_where_a_model_shows_no_tokens_sentences_are_embedded_by_themselves(
    embeddings: CountingEmbeddings,
) -> None:
    article = Article("a.md", "River")
    passages = [
        Passage(1, 0, "A ferry runs. It is free.", (Span(0, 13), Span(14, 25))),
        Passage(2, 0, "Trams stop.", (Span(0, 11),)),
    ]
    told: list[int] = []
    two, one = embed_passages(embeddings, None, article, passages, told.append)
    assert embeddings.texts == [
        *("River. A ferry runs. It is free.", "River. Trams stop."),
        *("A ferry runs.", "It is free."),
    ]
    alone = BundledEmbeddings.embed_documents(embeddings, ["It is free."])
    assert np.allclose(two.sentences[1], alone, atol=1e-5)
    assert (len(two.sentences), len(one.sentences)) == (2, 0)
    assert told == [2]


def test_a_new_date_embeds_nothing(ingestion: Ingestion, embeddings: CountingEmbeddings) -> None:
    Path("a.md").write_text("# River\n\nA ferry runs.")
    add(ingestion, "a.md")
    embeddings.texts.clear()
    Path("a.md").write_text("---\npublished: 2025-02-18\n---\n# River\n\nA ferry runs.")
    [report] = add(ingestion, "a.md")
    assert counts(report) == ("updated", 0, 0, 1)
    assert report.published == "2025-02-18"
    assert not embeddings.texts


def test_vectors_follow_their_passages(ingestion: Ingestion, store: Vectorstore) -> None:
    Path("a.txt").write_text("A ferry runs. It is free.\nA ferry runs. It is free.\nTrams stop.")
    [report] = add(ingestion, "a.txt")
    passages = store.catalog.passages_of(str(report.article_id))
    vectors = store.catalog.vectors([p.id for p in passages])
    for passage in passages:
        own = vectors[passage.id]
        again = store.embeddings.embed_documents([passage.text])[0]
        assert own.passage @ again > 0.999
        assert len(own.sentences) == (2 if len(passage.sentences) == 2 else 0)


def test_the_same_text_elsewhere_is_a_duplicate(
    ingestion: Ingestion, embeddings: CountingEmbeddings
) -> None:
    Path("a.txt").write_text(BRIDGE)
    Path("b.txt").write_text(f"---\ntitle: Other\n---\n{BRIDGE}\n\n")
    [first] = add(ingestion, "a.txt")
    embeddings.texts.clear()
    [same] = add(ingestion, "b.txt")
    [in_server] = add(ingestion, "b.txt", audience="guild-1")
    assert counts(same) == counts(in_server) == ("duplicate", 0, 0, 0)
    assert same.article_id == in_server.article_id == first.article_id
    assert not embeddings.texts


def test_audiences_are_apart(ingestion: Ingestion, store: Vectorstore) -> None:
    Path("a.txt").write_text("A ferry runs.")
    add(ingestion, "a.txt", audience="guild-1")
    [shared] = add(ingestion, "a.txt")
    assert shared.outcome == "added"
    assert store.catalog.count("guild-1") == store.catalog.count(SHARED) == 1


def test_one_failure_stops_nothing(ingestion: Ingestion, store: Vectorstore) -> None:
    Path("a.txt").write_text("A ferry runs.")
    Path("empty.txt").touch()
    Path("pic.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    reports = add(ingestion, "missing.txt", "empty.txt", "pic.txt", "a.txt")
    assert [r.outcome for r in reports] == ["failed", "failed", "failed", "added"]
    for report in reports[:3]:
        assert report.error
        assert report.error.endswith(".")
        assert report.source in report.error
        assert report.article_id is None


def test_a_dry_run_tells_the_same_and_does_nothing(
    ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    Path("a.txt").write_text(BRIDGE)
    Path("b.txt").write_text(BRIDGE)
    Path("c.txt").write_text("Snow fell.")
    add(ingestion, "c.txt")
    Path("c.txt").write_text("Snow fell.\nIt melted.")
    arguments = ["a.txt", "b.txt", "a.txt", "c.txt", "c.txt", "missing.txt"]
    before = everything(store)
    embeddings.texts.clear()
    predicted = list(ingestion.add(arguments, dry_run=True, operator=True))
    assert not embeddings.texts
    assert everything(store) == before
    assert predicted == add(ingestion, *arguments)
    outcomes = ["added", "duplicate", "unchanged", "updated", "unchanged", "failed"]
    assert [r.outcome for r in predicted] == outcomes


def test_uploads(ingestion: Ingestion, store: Vectorstore) -> None:
    first = ingestion.add_bytes("note.txt", b"A ferry runs.", "guild-1")
    again = ingestion.add_bytes("note.txt", b"A ferry stops.", "guild-1")
    assert (first.outcome, again.outcome) == ("added", "updated")
    named = b"---\nurl: https://a.example/x?utm_source=y\n---\n\nSnow fell."
    assert ingestion.add_bytes("x.md", named, "guild-1").outcome == "added"
    assert ingestion.add_bytes("y.md", named + b" It melted.", "guild-1").outcome == "updated"
    assert {a.source for a in store.catalog.articles(["guild-1"])} == {
        "upload:note.txt",
        "upload:https://a.example/x",
    }
    refused = ingestion.add_bytes("report.odt", b"text", "guild-1")
    assert refused.error == (
        "“report.odt” is of a type that is not read; text (.txt), Markdown (.md, .markdown), HTML "
        "(.html, .htm, .xhtml), PDF (.pdf), Word (.docx), EPUB (.epub) and JSON Lines (.jsonl, "
        ".ndjson) are."
    )
    assert ingestion.add_bytes("Talks of 18.02.2025", b"They met.", "guild-1").outcome == "added"


def test_progress(ingestion: Ingestion) -> None:
    Path("news").mkdir()
    for name in "ab":
        lines = "\n".join(f"Tram {i} to {name} is late." for i in range(10))
        Path(f"news/{name}.txt").write_text(lines)
    seen: list[Progress] = []
    list(ingestion.add(["news"], operator=True, progress=seen.append))
    assert seen[0] == Progress("news/a.txt", 0, 0, 0, 2)
    assert Progress("news/a.txt", 8, 10, 0, 2) in seen
    assert seen[-1] == Progress("news/b.txt", 10, 10, 2, 2)


def test_a_listener_that_raises_leaves_nothing_half_done(
    ingestion: Ingestion, store: Vectorstore
) -> None:
    Path("a.txt").write_text(BRIDGE)

    def stop(progress: Progress) -> None:
        if progress.passages_done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(ingestion.add(["a.txt"], operator=True, progress=stop))
    assert not store.catalog.articles([SHARED])
    assert add(ingestion, "a.txt")[0].outcome == "added"


def test_threads_take_turns(ingestion: Ingestion, store: Vectorstore) -> None:
    for name in "abcd":
        Path(f"{name}.txt").write_text(f"Tram {name} is late.\nTram {name} is old.")
    threads = [
        threading.Thread(target=add, args=(ingestion, *(f"{n}.txt" for n in names)))
        for names in ("ab", "cd", "ad")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.catalog.count(SHARED) == 8
    assert len(store.catalog.articles([SHARED])) == 4


def test_addresses_are_refreshed_each_once(
    store: Vectorstore, settings: IngestSettings, web: Web
) -> None:
    url = f"{web.url}/a"
    web.answers["/a"] = text(PAGE)
    Path("news").mkdir()
    Path("news/b.md").write_text("---\nurl: https://nowhere.invalid/\n---\nSnow fell.")
    settings = settings.model_copy(update={"sources": ("news", f"{url}#top")})
    settings.model_fields_set.add("sources")
    ingestion = Ingestion(store, settings)
    assert [r.outcome for r in add(ingestion, url)] == ["added"]
    assert [r.outcome for r in add(ingestion, url, audience="guild-1")] == ["duplicate"]
    web.answers["/a"] = text(PAGE.replace("Ida Brandt", "Leo Varga"))
    assert [r.outcome for r in add(ingestion, url, audience="guild-1")] == ["added"]
    web.requests.clear()
    reports = list(ingestion.refresh(["shared", "guild-1"], operator=True))
    assert [(r.source, counts(r)) for r in reports] == [
        ("news/b.md", ("added", 1, 0, 0)),
        (f"{url}#top", ("updated", 1, 1, 1)),
        (f"{url}#top", ("unchanged", 0, 0, 2)),
    ]
    assert len(web.requests) == 1
    [article] = store.catalog.articles(["guild-1"])
    assert (article.source, article.url) == (url, url)


def test_strangers_refresh_no_private_address(ingestion: Ingestion, web: Web) -> None:
    web.answers["/a"] = text(PAGE)
    add(ingestion, f"{web.url}/a", audience="guild-1")
    [refused] = ingestion.refresh(["guild-1"])
    assert "private network" in str(refused.error)
    [read] = ingestion.refresh(["guild-1"], operator=True)
    assert read.outcome == "unchanged"


def test_a_page_that_is_gone_keeps_its_article(
    ingestion: Ingestion, store: Vectorstore, web: Web
) -> None:
    web.answers["/a"] = text(PAGE)
    add(ingestion, f"{web.url}/a")
    web.answers.clear()
    [report] = ingestion.refresh([SHARED], operator=True)
    assert "answers 404" in str(report.error)
    assert store.catalog.count(SHARED) == 2


def test_nothing_to_refresh(ingestion: Ingestion) -> None:
    with pytest.raises(NothingToRefresh, match="There is nothing to refresh: no “articles”"):
        list(ingestion.refresh([SHARED]))
