"""Pages in the shapes of real news sites, written for these tests; no outlet in them exists.

``pages/expected.json`` has what a reader sees in each: the article, or why there is none.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.document import Document
from ingest.errors import NoText
from ingest.extract import read_document

PAGES = Path(__file__).parent / "pages"
EXPECTED: dict[str, dict[str, Any]] = json.loads((PAGES / "expected.json").read_text("utf-8"))
ARTICLES = [name for name, page in EXPECTED.items() if "refused" not in page]
REFUSED = [name for name, page in EXPECTED.items() if "refused" in page]
LEAST_SHARE = 0.95
LANGUAGES = {"en", "fr", "es", "de", "it", "pt", "ru", "ar", "ja", "zh", "hi"}


def read(name: str) -> Document:
    return read_document(name, (PAGES / f"{name}.html").read_bytes(), "html")


def wrong(name: str, *fields: str) -> list[str]:
    """What differs from what a reader sees."""
    try:
        document = read(name)
    except NoText as error:
        return [f"{name}: refused: {error}"]
    told = []
    for field in fields:
        found = getattr(document, field)
        found = list(found) if field == "paragraphs" else found
        if found != (expected := EXPECTED[name].get(field)):
            told.append(f"{name}: {field} is {found!r}, not {expected!r}")
    return told


def test_there_are_enough_pages() -> None:
    assert {path.stem for path in PAGES.glob("*.html")} == set(EXPECTED)
    assert len(ARTICLES) >= 40
    assert {EXPECTED[name]["language"] for name in ARTICLES} == LANGUAGES


@pytest.mark.parametrize(
    "fields",
    [("title", "published", "language", "paragraphs"), ("author", "site", "url", "modified")],
    ids=" ".join,
)
def test_articles_are_read_as_a_reader_sees_them(fields: tuple[str, ...]) -> None:
    problems = {name: told for name in ARTICLES if (told := wrong(name, *fields))}
    share = 1 - len(problems) / len(ARTICLES)
    lines = "\n".join(line for told in problems.values() for line in told)
    print(f"{share:.1%} of {len(ARTICLES)} articles are right.\n{lines}")  # noqa: T201
    assert share >= LEAST_SHARE, f"Only {share:.1%} of {len(ARTICLES)} articles are right:\n{lines}"


@pytest.mark.parametrize("name", REFUSED)
def test_other_pages_are_refused_for_the_right_reason(name: str) -> None:
    with pytest.raises(NoText) as caught:
        read(name)
    assert EXPECTED[name]["refused"] in str(caught.value)
    assert f"“{name}”" in str(caught.value)
    assert str(caught.value).endswith(".")


def page(text: str, head: str = "") -> bytes:
    paragraphs = "".join(f"<p>{one}</p>" for one in text.split("\n"))
    return (
        f"<!doctype html><html lang='en'><head><title>A story</title>{head}</head><body>"
        f"<article><h1>A story</h1>{paragraphs}</article></body></html>"
    ).encode()


ON_COOKIES = (
    "The regulator fined the retailer 4 million crowns on Monday because its shop set cookies "
    "before visitors had given their consent.\nThe judges held that a banner without a button to "
    "refuse does not count as consent under the law on personal data.\nOur partners in the "
    "investigation found the same banner, with the same cookies, on 31 other sites."
)
ON_PAYWALLS = (
    "Readers who subscribe to continue reading more than five articles a month now bring in most "
    "of the paper's money, its editor said on Tuesday.\n"
    + "Advertising fell again last year. "
    * 30
)
ON_ERRORS = "The page not found, number 404, turns thirty this week. " + (
    "It began as a room number, as a legend has it that nobody could ever confirm. " * 12
)


@pytest.mark.parametrize("text", [ON_COOKIES, ON_PAYWALLS, ON_ERRORS], ids=["1", "2", "3"])
def test_an_article_about_such_pages_is_an_article(text: str) -> None:
    kind = "<meta property='og:type' content='article'>"
    assert read_document("x", page(text, kind), "html").paragraphs
