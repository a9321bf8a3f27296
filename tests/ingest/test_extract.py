"""Text, Markdown and HTML to Documents."""

import pytest

from ingest.errors import BadFrontMatter, NoText
from ingest.extract import extract
from ingest.kinds import sniff
from ingest.split import split
from tests.ingest.web import PAGE

MARKDOWN = """
# The *title*

One **bold** [link](https://a.example) line,
the same `paragraph` &amp; <b>tag</b>.

## A heading

- first
- second
  - nested

> quoted

| who | where |
|---|---|
| Ada | Riyadh |

```
verse one
verse two
```
A rule
---
<!-- hidden --> <div>Block</div>
"""


def test_every_line_of_a_plain_text_is_a_paragraph() -> None:
    text = "* * *\n  One \r\n\r\n\tTwo\rThree\n \u200b\n\0\nFour\x1cFive\n---"
    document = extract("x", text, "plain")
    assert list(document.paragraphs) == [x.strip() for x in text.splitlines() if x.strip()]
    assert (document.title, document.titled) == ("One", False)
    numbered = [(p.paragraph, p.text) for p in split(document.paragraphs, "en")]
    assert numbered == [(2, "One"), (3, "Two"), (4, "Three"), (7, "Four"), (8, "Five")]


def test_markup_in_a_plain_text_is_text() -> None:
    document = extract("x", "# Not a title\n**Not bold**", "plain")
    assert document.paragraphs == ("# Not a title", "**Not bold**")


def test_opening_words_stand_in_for_a_title() -> None:
    document = extract("x", "The delegation arrived " * 10 + "\nThen it left.", "plain")
    assert document.title.endswith("…")
    assert len(document.title) <= 80
    assert document.paragraphs[0].startswith(document.title[:-1])


def test_front_matter_tells_all() -> None:
    text = (
        "---\ntitle: 'Riyadh: the talks'\npublished: 2025-02-18\nlang: en-GB\n"
        "url: https://a.example/b\nsite: Chronicle\nauthor: [Ada, Bo]\n---\nText.\nMore."
    )
    document = extract("x", text, "plain")
    assert (document.title, document.titled) == ("Riyadh: the talks", True)
    assert (document.published, document.language) == ("2025-02-18", "en")
    assert (document.url, document.site) == ("https://a.example/b", "Chronicle")
    assert document.author == "Ada, Bo"
    assert document.paragraphs == ("Text.", "More.")


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("title: a: b", "not valid YAML in line 2"),
        ("published: 2025-02-30", "date “2025-02-30”"),
        ("date: last Tuesday", "YYYY-MM-DD"),
        ("language: english", "ISO 639-1"),
        ("url: example.org", "no http or https address"),
    ],
)
def test_wrong_front_matter_is_told(block: str, problem: str) -> None:
    with pytest.raises(BadFrontMatter, match=problem):
        extract("x.md", f"---\n{block}\n---\nText", "markdown")


def test_dashes_around_a_text_are_no_front_matter() -> None:
    document = extract("x", "---\nA line: with, a colon: twice\n---\nText", "plain")
    assert document.paragraphs[1] == "A line: with, a colon: twice"


def test_markdown_blocks() -> None:
    document = extract("x", MARKDOWN, "markdown")
    assert (document.title, document.titled) == ("The title", True)
    assert document.paragraphs == (
        "One bold link line, the same paragraph & tag.",
        "first",
        "second",
        "nested",
        "quoted",
        "who: Ada — where: Riyadh",
        "verse one\nverse two",
        "A rule",
        "Block",
    )


def test_front_matter_title_wins_over_the_heading() -> None:
    document = extract("x", "---\ntitle: One\n---\n# Two\n\nText", "markdown")
    assert (document.title, document.paragraphs) == ("One", ("Text",))


def test_page() -> None:
    document = extract("x", PAGE, "html")
    assert (document.title, document.titled) == ("Bridge reopens", True)
    assert (document.published, document.language) == ("2025-03-04", "en")
    assert [p[:12] for p in document.paragraphs] == ["The Kestrel ", "The mayor, I"]


def test_a_copyright_year_is_no_date() -> None:
    undated = PAGE.replace("2025-03-04T08:00:00Z", "")
    assert extract("x", undated, "html").published is None


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        "<html><body><h1>Error</h1><p>Something went wrong.</p></body></html>",
        "<html><body><div id='app'></div><script>run()</script></body></html>",
    ],
)
def test_a_page_without_an_article(page: str) -> None:
    with pytest.raises(NoText, match=r"^No article was found in “x”.*\.$"):
        extract("x", page, "html")


@pytest.mark.parametrize("text", ["", " \n\t", "\ufeff\u200b\n", "---\n* * *\n\0"])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(NoText, match="“x” is empty"):
        extract("x", text, "plain")


def test_a_title_alone_is_nothing_to_read() -> None:
    with pytest.raises(NoText, match="besides its title"):
        extract("x", "# Title", "markdown")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le ministre a parlé mardi avec son homologue.", "fr"),
        ("Der Minister sprach am Dienstag mit seinem Kollegen.", "de"),
        ("12 34 56", "und"),
        ("Xqz", "und"),
    ],
)
def test_language_is_detected_or_unknown(text: str, language: str) -> None:
    assert extract("x", text, "plain").language == language


def test_what_sqlite_cannot_store_is_replaced() -> None:
    document = extract("x", '---\ntitle: "a\\uD800"\n---\nText', "plain")
    assert document.title == "a\ufffd"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<!DOCTYPE html><p>x", "html"),
        ("\n<html lang='en'>", "html"),
        ("---\ntitle: x\n---\ny", "markdown"),
        ("# Title\ny", "markdown"),
        ("Just text\n# y", "plain"),
    ],
)
def test_sniff(text: str, kind: str) -> None:
    assert sniff(text) == kind
