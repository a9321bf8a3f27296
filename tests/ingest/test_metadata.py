"""What pages say of themselves, and how far they are believed."""

import json

import pytest
from lxml import html

from ingest.blocks import paragraphs
from ingest.canonical import canonical_url
from ingest.dates import iso_day, written_day
from ingest.metadata import Metadata, read_metadata
from ingest.pipeline import Ingestion
from tests.ingest.web import PAGE, Web, text


def metadata(head: str, body: str = "", url: str | None = None) -> Metadata:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return read_metadata(html.document_fromstring(page), url)


def json_ld(source: object) -> str:
    script = source if isinstance(source, str) else json.dumps(source)
    return f'<script type="application/ld+json">{script}</script>'


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Bridge reopens",
    "datePublished": "2025-03-04T23:59",
}


@pytest.mark.parametrize(
    "source",
    [
        ARTICLE,
        [{"@type": "WebSite", "name": "x"}, ARTICLE],
        {"@graph": [{"@type": "Organization"}, {"@graph": [ARTICLE]}]},
        {"@type": "WebPage", "mainEntity": {**ARTICLE, "@type": ["Thing", "schema:NewsArticle"]}},
        {**ARTICLE, "@type": "https://schema.org/NewsArticle"},
        "<!--" + json.dumps(ARTICLE) + "-->",
        "//<![CDATA[\n" + json.dumps(ARTICLE) + "\n//]]>",
        json.dumps(ARTICLE).replace("}", ",\n}"),
        json.dumps(ARTICLE).replace("Bridge ", "Bridge\n"),
    ],
)
def test_json_ld_as_sites_write_it(source: object) -> None:
    found = metadata(json_ld(source))
    assert (found.title, found.published) == ("Bridge reopens", "2025-03-04")


@pytest.mark.parametrize("source", ["", "{", "[" * 100_000, "null", '"text"', "{'a': 1}"])
def test_json_ld_that_is_none_changes_nothing(source: str) -> None:
    assert metadata(json_ld(source) + "<title>Bridge</title>").title == "Bridge"


def test_json_ld_comes_before_open_graph_and_that_before_marks() -> None:
    marks = "<h1>Marked</h1><time datetime='2025-01-03'>x</time>"
    graph = (
        "<meta property='og:title' content='Graph'>"
        "<meta property='article:published_time' content='2025-01-02T00:00:00Z'>"
    )
    assert (metadata("", marks).title, metadata("", marks).published) == ("Marked", "2025-01-03")
    found = metadata(graph, marks)
    assert (found.title, found.published) == ("Graph", "2025-01-02")
    found = metadata(graph + json_ld(ARTICLE), marks)
    assert (found.title, found.published) == ("Bridge reopens", "2025-03-04")


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ida Brandt", "Ida Brandt"),
        ({"@type": "Person", "name": "Ida Brandt"}, "Ida Brandt"),
        ([{"name": "Ida Brandt"}, {"name": "Tom Lee"}, {"name": "Tom Lee"}], "Ida Brandt, Tom Lee"),
        ("By Ida Brandt", "Ida Brandt"),
        ("https://social.example/ida", None),
        ({"name": "The Chronicle"}, None),
        ([], None),
    ],
)
def test_authors(author: object, names: str | None) -> None:
    publisher = {"publisher": {"name": "The Chronicle"}}
    assert metadata(json_ld({**ARTICLE, **publisher, "author": author})).author == names


def test_a_title_loses_the_outlet_and_a_short_one_is_completed() -> None:
    site = "<meta property='og:site_name' content='The Chronicle'>"
    assert metadata(site + "<title>Bridge - reopens | The Chronicle</title>").title == (
        "Bridge - reopens"
    )
    cut = json_ld({**ARTICLE, "headline": "The bridge reopens after…"})
    heading = "<h1>The bridge reopens after six months</h1>"
    assert metadata(cut, heading).title == "The bridge reopens after six months"


def test_dates_beside_other_articles_are_not_the_articles() -> None:
    body = "<aside><time datetime='2024-01-01'></time></aside><a><time datetime='2024-01-02'></a>"
    assert metadata("", body).published is None
    updated = "<p>Updated <time datetime='2025-02-02'></p><time datetime='2025-02-01'></time>"
    found = metadata("", updated)
    assert (found.published, found.modified) == ("2025-02-01", "2025-02-02")


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-03-04", "2025-03-04"),
        ("2025-03-04T23:30:00-05:00", "2025-03-04"),
        ("2025-3-4 08:00", "2025-03-04"),
        ("2025/03/04", "2025-03-04"),
        ("20250304T080000Z", "2025-03-04"),
        ("1741046400", "2025-03-04"),
        ("1741046400000", "2025-03-04"),
        ("Tue, 04 Mar 2025 08:00:00 GMT", "2025-03-04"),
        ("1970-01-01", None),
        ("0001-01-01T00:00:00", None),
        ("2999-01-01", None),
        ("2025-02-30", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_days_for_programs(value: str, day: str | None) -> None:
    assert iso_day(value) == day


@pytest.mark.parametrize(
    ("line", "language", "day"),
    [
        ("March 4, 2025", "en", "2025-03-04"),
        ("Publié le 4 mars 2025 à 10h30", "fr", "2025-03-04"),
        ("04.03.2025, 10:30 Uhr", "de", "2025-03-04"),
        ("4 de marzo de 2025", "es", "2025-03-04"),
        ("Опубликовано 4 марта 2025, 10:30", "ru", "2025-03-04"),
        ("الثلاثاء ٤ مارس ٢٠٢٥", "ar", "2025-03-04"),
        ("2025年3月4日 10時30分", "ja", "2025-03-04"),
        ("४ मार्च २०२५", "hi", "2025-03-04"),
        ("04/03/2025", "en", None),
        ("two hours ago", "en", None),
        ("© 2021 The Harbour Chronicle", "en", None),
    ],
)
def test_days_that_are_written_out(line: str, language: str, day: str | None) -> None:
    assert written_day(line, language) == day


def test_a_canonical_address_may_be_relative_or_wrong() -> None:
    link = "<link rel='canonical' href='{}'>"
    at = "https://a.example/amp/x"
    assert metadata(link.format("/x"), url=at).canonical == "https://a.example/x"
    assert metadata(link.format("http://[") + "<meta property='og:url' content='/y'>", url=at)
    assert metadata(link.format("javascript:alert(1)"), url=at).canonical is None


def test_the_same_page_by_other_addresses_is_one_article(ingestion: Ingestion, web: Web) -> None:
    def page(canonical: str) -> str:
        return PAGE.replace("</title>", f"</title><link rel='canonical' href='{canonical}'>")

    web.answers = {
        "/news/a": text(page("/news/a")),
        "/amp/a": text(page(f"{web.url}/news/a")),
        "/news/a?utm_medium=x": text(page("/news/a")),
        "/elsewhere": text(page("https://other.example/news/a").replace("Ida", "Eva")),
        "/front": text(page("/").replace("Ida", "Ada")),
    }
    outcomes = {}
    for path in web.answers:
        [report] = ingestion.add([web.url + path], operator=True)
        outcomes[path] = report.outcome
    assert outcomes == {
        "/news/a": "added",
        "/amp/a": "unchanged",
        "/news/a?utm_medium=x": "unchanged",
        "/elsewhere": "added",
        "/front": "added",
    }
    sources = {article.source for article in ingestion._store.catalog.articles(["shared"])}
    assert sources == {f"{web.url}/{path}" for path in ("news/a", "elsewhere", "front")}


@pytest.mark.parametrize("key", ["fbclid", "gclid", "msclkid", "mc_eid", "utm_campaign", "yclid"])
def test_tracking_parameters_are_no_part_of_an_address(key: str) -> None:
    assert canonical_url(f"https://a.example/x?{key}=1&id=2") == "https://a.example/x?id=2"


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (
            "<tr><th>Team<th>Points<tr><td>Vellmar<td>12<tr><td>Pell<td>",
            ["Team: Vellmar — Points: 12", "Team: Pell"],
        ),
        ("<tr><td>Mayor:<td>Ida Brandt<tr><td>Area<td>12<td>km²",
         ["Mayor: Ida Brandt", "Area: 12 — km²"]),
        ("<tr><th>Population<td>310", ["Population: 310"]),
        ("<tr><td><p>One.</p><p>Two.</p>", ["One.", "Two."]),
        ("<tr><td>Menu<td><table><tr><td>A<td>B</table>", ["Menu", "A: B"]),
        (f"<tr><td>Menu<td>{'A long text. ' * 30}", ["Menu", ("A long text. " * 30).strip()]),
    ],
)  # fmt: skip
def test_tables(table: str, rows: list[str]) -> None:
    assert list(paragraphs(html.fragment_fromstring(f"<table>{table}</table>"))) == rows


def test_terms_are_read_with_what_is_said_of_them() -> None:
    page = html.fragment_fromstring("<dl><dt>Buyer</dt><dd>Estates</dd><dt>Alone</dt></dl>")
    assert list(paragraphs(page)) == ["Buyer: Estates", "Alone"]
