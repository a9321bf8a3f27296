"""Documents and exports through every door: files, folders, addresses, uploads, standard input."""

import json
from pathlib import Path

import pytest

from ingest.kinds import SUFFIXES, Kind
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.ingest.cli import ingest, objects
from tests.ingest.documents import book, lines_pdf, word
from tests.ingest.web import Web, text

DOCX = word("Bridge reopens", ["First paragraph of the report.", "Second one."])
PDF = lines_pdf("The bridge over the Lode is open again.", title="Bridge reopens")
EPUB = book({"1.xhtml": "<h1>One</h1><p>The ferry came twice that week.</p>"})
STORY = (
    "The Kestrel Bridge reopened on Tuesday after six months of repairs to its suspension cables, "
    "which engineers of the city had declared unsafe in September, and trams cross it again."
)
DOORS: dict[str, tuple[bytes, Kind, str, str]] = {
    "a.pdf": (PDF, "pdf", "application/pdf", "The bridge over the Lode is open again."),
    "a.docx": (
        *(DOCX, "docx"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "First paragraph of the report.",
    ),
    "a.epub": (EPUB, "epub", "application/epub+zip", "The ferry came twice that week."),
}


@pytest.mark.parametrize("name", DOORS)
def test_every_door(
    name: str, ingestion: Ingestion, settings: IngestSettings, web: Web, tmp_path: Path
) -> None:
    data, kind, media_type, paragraph = DOORS[name]
    assert SUFFIXES[Path(name).suffix] == kind

    def first(audience: str) -> str:
        catalog = ingestion._store.catalog
        [article] = catalog.articles([audience])
        return catalog.passages_of(article.id)[0].text

    Path("news").mkdir()
    Path("news", name).write_bytes(data)
    web.answers |= {"/told": text(data, media_type), f"/{name}": text(data, "binary/octet-stream")}
    for number, source in enumerate(
        [f"news/{name}", "news", f"{web.url}/told", f"{web.url}/{name}"]
    ):
        audience = f"guild-{number}"
        [report] = ingestion.add([source], audience, operator=True)
        assert report.outcome == "added", report.error
        assert first(audience) == paragraph
    assert ingestion.add_bytes(name, data, "guild-9").outcome == "added"
    assert first("guild-9") == paragraph


@pytest.mark.parametrize("name", DOORS)
def test_standard_input_is_recognised_or_named(name: str, tmp_path: Path) -> None:
    data = DOORS[name][0]
    sniffed = objects(ingest(tmp_path, "add", "-", "--json", "--dry-run", stdin=data))
    named = objects(ingest(tmp_path, "add", "-", "--name", name, "--json", "--dry-run", stdin=data))
    assert [one["outcome"] for one in sniffed + named] == ["added", "added"]


EXPORT = "\n".join(
    json.dumps(one, ensure_ascii=False)
    for one in (
        {
            "title": "One",
            "text": "The ferry runs.",
            "url": "https://a.example/1",
            "date": "2025-03-04",
        },
        {
            "headline": "Two",
            "content": ["It snowed.", "It melted."],
            "authors": ["A", {"name": "B"}],
        },
        {"title": "Three"},
        {"body": f"<!doctype html><html><body><p>{STORY}</p></body></html>", "lang": "en-GB"},
    )
)


def test_an_export_is_an_article_a_line(ingestion: Ingestion, tmp_path: Path) -> None:
    Path("export.jsonl").write_text(EXPORT + "\n\nnot json\n", "utf-8")
    reports = list(ingestion.add(["export.jsonl"], operator=True))
    assert [one.outcome for one in reports] == ["added", "added", "failed", "added", "failed"]
    assert reports[2].source == "export.jsonl, line 3"
    assert "export.jsonl, line 3 has no text" in str(reports[2].error)
    assert "export.jsonl, line 6 is no JSON" in str(reports[4].error)
    catalog = ingestion._store.catalog
    articles = {one.title: one for one in catalog.articles(["shared"])}
    assert articles["One"].url == "https://a.example/1"
    assert articles["One"].published == "2025-03-04"
    assert articles["Two"].author == "A, B"
    assert [p.text for p in catalog.passages_of(articles["Two"].id)] == ["It snowed.", "It melted."]
    again = [one.outcome for one in ingestion.add(["export.jsonl"], operator=True)]
    assert again == ["unchanged", "unchanged", "failed", "unchanged", "failed"]


def test_an_export_as_an_attachment_and_from_an_address(
    ingestion: Ingestion, settings: IngestSettings, web: Web
) -> None:
    uploads = list(ingestion.add_upload("export.ndjson", EXPORT.encode(), "guild-1"))
    assert [one.outcome for one in uploads] == ["added", "added", "failed", "added"]
    web.answers["/e.jsonl"] = text(EXPORT, "text/plain")
    fetched = list(ingestion.add([f"{web.url}/e.jsonl"], "guild-2", operator=True))
    assert [one.outcome for one in fetched] == ["added", "added", "failed", "added"]
    [unnamed] = ingestion.add_upload("pasted", EXPORT.encode(), "guild-3")
    assert "ends in .jsonl" in str(unnamed.error)
