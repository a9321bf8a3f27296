"""Wire copy as it is ingested: what the reports, the list and an article's page tell of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.document import Document
from ingest.pipeline import Ingestion
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.sources import Source
from tests.ingest.cli import ingest, objects
from tests.ingest.web import Web, text
from tests.vectorstore.wire import CORRECTED, OWN, TRIMMED, WIRE
from vectorstore import SHARED, Vectorstore


def write(name: str, paragraphs: list[str], **told: str) -> str:
    head = "".join(f"{key}: {value}\n" for key, value in told.items())
    body = "\n\n".join(paragraphs)
    Path(name).write_text(f"---\nlanguage: en\n{head}---\n{body}\n", encoding="utf-8")
    return name


def four(folder: Path) -> list[str]:
    """The wire's article, a paper's copy of it, one with another number, and a story of its own."""
    return [
        write("wire.md", WIRE, title="Dockers vote to strike", published="2026-04-14"),
        write("copy.md", TRIMMED, title="Port to close", published="2026-04-15"),
        write("corrected.md", CORRECTED, title="Dockers to strike", published="2026-04-16"),
        write("own.md", OWN, title="Three days", published="2026-04-15"),
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_report_list_and_page_name_the_copies(folder: Path) -> None:
    names = four(folder)
    reports = objects(ingest(folder, "add", "--json", *names))
    titles = [[other["title"] for other in report.get("same_story", [])] for report in reports]
    assert titles == [
        [],
        ["Dockers vote to strike"],
        ["Dockers vote to strike", "Port to close"],
        [],
    ]
    wire = reports[0]
    assert reports[1]["same_story"][0] == {
        "article_id": wire["article_id"],
        "title": wire["title"],
        "source": str(folder / "wire.md"),
    }
    listed = {
        o["title"]: o.get("same_story", []) for o in objects(ingest(folder, "list", "--json"))
    }
    assert {title: [o["title"] for o in same] for title, same in listed.items()} == {
        "Dockers vote to strike": ["Port to close", "Dockers to strike"],
        "Port to close": ["Dockers vote to strike", "Dockers to strike"],
        "Dockers to strike": ["Dockers vote to strike", "Port to close"],
        "Three days": [],
    }
    [shown] = objects(ingest(folder, "show", "--json", "wire.md"))
    assert shown["same_story"] == listed["Dockers vote to strike"]
    # A version as it was is compared with nothing.
    [version] = objects(ingest(folder, "show", "--json", "--version", "1", "wire.md"))
    assert "same_story" not in version


def test_people_are_told(folder: Path) -> None:
    names = four(folder)
    done = ingest(folder, "add", *names)
    lines = done.stdout.decode().splitlines()
    identity = lines[2].split("(")[1].rstrip(")")
    assert lines[2].split() == f"same story as “Dockers vote to strike” ({identity})".split()
    assert sum("same story as" in line for line in lines) == 2
    listed = ingest(folder, "list").stdout.decode()
    assert listed.count("same story as") == 3
    shown = ingest(folder, "show", "copy.md").stdout.decode()
    assert f"\nsame story as: “Dockers vote to strike” ({identity}), “Dockers to strike” (" in shown
    assert "same story" not in ingest(folder, "show", "own.md").stdout.decode()
    for number in range(4):
        write(f"more{number}.md", TRIMMED, title=f"Paper {number}", site=f"Paper {number}")
    many = ingest(folder, "add", *(f"more{number}.md" for number in range(4)))
    assert " and 3 more\n" in many.stdout.decode()


def test_a_removed_or_rewritten_copy_is_no_copy_and_an_undo_makes_it_one_again(
    folder: Path,
) -> None:
    ingest(folder, "add", *four(folder))

    def told() -> dict[str, list[str]]:
        listed = objects(ingest(folder, "list", "--json"))
        return {o["title"]: sorted(s["title"] for s in o.get("same_story", [])) for o in listed}

    before = told()
    ingest(folder, "remove", "copy.md")
    assert told() == {
        "Dockers vote to strike": ["Dockers to strike"],
        "Dockers to strike": ["Dockers vote to strike"],
        "Three days": [],
    }
    [back] = objects(ingest(folder, "undo", "--json", "copy.md"))
    titles = [s["title"] for s in back["same_story"]]
    assert titles == ["Dockers vote to strike", "Dockers to strike"]
    assert told() == before
    write("wire.md", OWN[:2], title="Dockers vote to strike", published="2026-04-14")
    ingest(folder, "add", "wire.md")
    assert told()["Dockers vote to strike"] == ["Three days"]
    ingest(folder, "undo", "wire.md")
    assert told() == before


def test_servers_are_apart(folder: Path) -> None:
    names = four(folder)
    ingest(folder, "add", "wire.md")
    [one] = objects(ingest(folder, "add", "--json", "--audience", "guild-1", names[1]))
    [two] = objects(ingest(folder, "add", "--json", "--audience", "guild-2", names[2]))
    assert [o["title"] for o in one["same_story"]] == ["Dockers vote to strike"]
    assert [o["title"] for o in two["same_story"]] == ["Dockers vote to strike"]
    [shared] = objects(ingest(folder, "list", "--json"))
    assert "same_story" not in shared
    [later] = objects(ingest(folder, "add", "--json", "own.md"))
    assert "same_story" not in later
    [listed] = objects(ingest(folder, "list", "--json", "--audience", "guild-1"))
    assert [o["title"] for o in listed["same_story"]] == ["Dockers vote to strike"]


def test_a_dry_run_tells_the_same(folder: Path) -> None:
    names = four(folder)
    again = [*names, write("same.md", WIRE, title="Strike", site="The Quay"), "copy.md"]
    predicted = objects(ingest(folder, "add", "--dry-run", "--json", *again))
    assert not (folder / "data").exists()
    assert predicted == objects(ingest(folder, "add", "--json", *again))
    assert [len(report.get("same_story", [])) for report in predicted] == [0, 1, 2, 0, 3, 0]


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        # The very article: under another name, at a second address, without its title.
        ({}, "duplicate"),
        ({"title": "Dockers vote to strike", "site": "Wire World"}, "duplicate"),
        ({"title": "Strike!", "url": "https://www.wire.example/b"}, "duplicate"),
        ({"title": "Strike!", "site": "wire world"}, "duplicate"),
        ({"title": "dockers vote, to strike"}, "duplicate"),
        # Another paper's.
        ({"title": "Dockers vote to strike", "url": "https://quay.example/a"}, "added"),
        ({"title": "Dockers vote to strike", "site": "The Quay"}, "added"),
        ({"url": "https://wire.example/b", "site": "The Quay"}, "added"),
        ({"title": "Strike!"}, "added"),
    ],
)
def test_the_same_text_is_another_article_where_another_paper_has_it(
    folder: Path, ingestion: Ingestion, told: dict[str, str], outcome: str
) -> None:
    title, url = "Dockers vote to strike", "https://wire.example/a"
    write("wire.md", WIRE, title=title, url=url, site="Wire World")
    write("other.md", WIRE, **told)
    if told.keys() == {"title"}:
        # Of neither is known where it was printed.
        write("wire.md", WIRE, title=title)
    first, second = ingestion.add(["wire.md", "other.md"], operator=True)
    assert second.outcome == outcome
    assert (second.article_id == first.article_id) == (outcome == "duplicate")


# One page under several addresses.

PARAGRAPHS = "".join(f"<p>{paragraph}</p>" for paragraph in WIRE)
PAGE = (
    '<!doctype html><html lang="en"><head><title>Dockers vote to strike</title>'
    '<meta property="article:published_time" content="2026-04-14">{head}</head>'
    f"<body><article><h1>Dockers vote to strike</h1>{PARAGRAPHS}</article></body></html>"
)


def add(ingestion: Ingestion, *sources: str) -> list[IngestReport]:
    return list(ingestion.add(sources, operator=True))


def test_one_page_at_many_addresses_is_one_article(ingestion: Ingestion, web: Web) -> None:
    canonical = f'<link rel="canonical" href="{web.url}/news/strike">'
    page = PAGE.format(head="")
    web.answers = {
        "/news/strike": text(page),
        "/news/strike/": text(page),
        "/news/strike?utm_source=feed": text(page),
        "/amp/news/strike": text(PAGE.format(head=canonical)),
        "/news/strike?amp=1": text(page),
    }
    [first, *others] = add(ingestion, *(f"{web.url}{path}" for path in web.answers))
    assert first.outcome == "added"
    assert [r.outcome for r in others] == ["unchanged"] * 4
    assert {r.article_id for r in others} == {first.article_id}


def test_an_edited_page_at_another_spelling_is_an_update(
    ingestion: Ingestion, store: Vectorstore, web: Web
) -> None:
    web.answers["/strike/"] = text(PAGE.format(head=""))
    web.answers["/strike"] = text(PAGE.format(head="").replace("412", "421"))
    spellings = [f"{web.url}/strike/", f"{web.url}/strike", f"{web.url}/strike"]
    predicted = list(ingestion.add(spellings, operator=True, dry_run=True))
    first, second, third = add(ingestion, *spellings)
    assert (first.outcome, second.outcome) == ("added", "updated")
    assert first.article_id == second.article_id == third.article_id
    # A dry run keeps no texts: it tells how many passages change, not their words.
    assert predicted == [first, replace(second, edits=()), third]
    # What else is there is another page.
    other = "".join(f"<p>{paragraph}</p>" for paragraph in OWN)
    web.answers["/strike"] = text(PAGE.format(head="").replace(PARAGRAPHS, other))
    [third] = add(ingestion, f"{web.url}/strike")
    assert third.outcome == "added"
    assert len(store.catalog.articles([SHARED])) == 2


class Page:
    """A page of a host that only its address tells."""

    def __init__(self, url: str, paragraphs: list[str]) -> None:
        self.label = self.url = url
        self._paragraphs = tuple(paragraphs)

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        return self.url, Document("Strike", True, self._paragraphs, "en", url=self.url)

    def parts(self, settings: IngestSettings) -> list[Source]:
        return [self]


@pytest.mark.parametrize(
    "url",
    [
        "http://paper.example/strike",
        "https://www.paper.example/strike",
        "https://paper.example/strike/",
        "http://www.paper.example/strike/",
        "https://amp.paper.example/strike",
        "https://m.paper.example/strike",
        "https://paper.example/strike?amp=1",
    ],
)
def test_spellings_of_an_address(ingestion: Ingestion, url: str) -> None:
    first = ingestion.add_source(Page("https://paper.example/strike", WIRE), SHARED)
    second = ingestion.add_source(Page(url, CORRECTED), SHARED)
    assert (first.outcome, second.outcome) == ("added", "updated")
    assert first.article_id == second.article_id
