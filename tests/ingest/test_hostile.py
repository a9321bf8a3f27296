"""Texts made to keep a reader busy: each is read, or refused in a sentence, in linear time.

Python's regular expressions hold the GIL: one that runs for a minute stops the whole bot. There is
no clock here: with the code that each test was written against, it would hardly end.
"""

from contextlib import suppress

import pytest

from ingest.errors import BadFrontMatter, NoText
from ingest.extract import extract
from ingest.kinds import sniff
from ingest.markdown import read_markdown
from ingest.webpage import read_page

MANY = 200_000
STORY = "<p>" + "The ferry runs again and the bridge stays closed. " * 8 + "</p>"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<!--a-->" * 60 + "x", "plain"),
        ("<!--" * MANY, "plain"),
        ("<?xml " * MANY, "plain"),
        (" " * MANY + "x", "plain"),
        ("<?xml version='1.0'?>\n" + "<!-- a -->\n" * MANY + "<!DOCTYPE html>", "html"),
    ],
)
def test_what_begins_like_a_page(text: str, kind: str) -> None:
    assert sniff(text) == kind


@pytest.mark.parametrize(
    "head", ["<html lang=" + " " * MANY, "<html " * MANY, "\"og:type' " * MANY, "<article " * MANY]
)
def test_what_a_page_says_of_itself(head: str) -> None:
    with pytest.raises(NoText, match="No article was found"):
        read_page("x", head)


def test_language_and_type_come_from_the_elements() -> None:
    page = f"<html\n LANG = pt-BR><body>{STORY}</body></html>"
    assert read_page("x", page).language == "pt"
    commented = f"<!-- <html lang='fr'> --><html><body>{STORY}</body></html>"
    assert read_page("x", commented).language == "en"
    short = "<p>The ferry runs again from Monday, the city says.</p>"
    kind = "<meta property='og:type' content='article'>"
    assert read_page("x", f"<html><head>{kind}</head><body>{short}</body></html>").paragraphs
    with pytest.raises(NoText):
        read_page("x", f"<html><body>{short}</body></html>")


@pytest.mark.parametrize(
    "body", ["<div>" * 100_000 + "text", "<b>" * 100_000, "<ul><li>a " * 50_000]
)
def test_a_page_nested_without_end(body: str) -> None:
    with pytest.raises(NoText):
        read_page("x", f"<html><body>{body}")


def test_a_page_of_too_many_elements() -> None:
    with pytest.raises(NoText, match=r"more than 50,000 elements"):
        read_page("x", "<html><body>" + "<br>" * 100_001)


def test_an_article_deep_in_a_page() -> None:
    page = f"<html><body>{'<div>' * 200}{STORY}{'</div>' * 200}</body></html>"
    assert len(read_page("x", page).paragraphs) == 1


@pytest.mark.parametrize(
    "piece",
    ["[", "![", "[a](", "[a](<", "![a][", "*a ", "**a_", "*", "`", "&", "<", "<!--", "<?", "<!A"],
)
def test_marks_that_are_never_closed(piece: str) -> None:
    title, paragraphs = read_markdown("x " + piece * (100_000 // len(piece)))
    assert title is None
    assert paragraphs


@pytest.mark.parametrize(
    "text", [">" * 50_000, "- " * 50_000, "<!--\n" * 50_000, "<div>\n" * 50_000]
)
def test_blocks_nested_without_end(text: str) -> None:
    read_markdown(text + "x")


def test_a_long_paragraph_is_read_in_parts() -> None:
    sentence = "A **bold** [link](https://a.example) &amp; a \\* star, and [another][1]. "
    [paragraph] = read_markdown(sentence * 500 + "\n\n[1]: https://b.example")[1]
    plains = ("A bold link & a * star, and another. " * 500).strip().split(". ")
    cut = sum(a != b for a, b in zip(paragraph.split(". "), plains, strict=True))
    assert cut <= len(sentence) * 500 // 4_000 + 1
    lines = "\n".join(["one line of many"] * 2_000)
    assert read_markdown(lines) == (None, [lines.replace("\n", " ")])


def test_a_comment_in_a_block_of_markup() -> None:
    text = "<div>\nOne <!-- two <b>\nthree --> four --> five <b\n> six <!-- seven\n</div>"
    assert read_markdown(text)[1] == ["One four --> five six <!-- seven"]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_aliases_are_refused() -> None:
    with pytest.raises(BadFrontMatter, match=r"of “x” has YAML anchors or aliases .*\.$"):
        extract("x", f"---\ntitle: y\n{LAUGHS}---\nText.", "plain")
    assert extract("x", f"---\n{LAUGHS}---\nText.", "plain").paragraphs[-1] == "Text."


def test_only_scalars_and_lists_of_scalars_are_read() -> None:
    document = extract(
        "x", "---\nauthor: [Ada, [Bo, Cy], {d: e}]\nsite: {a: b}\n---\nText.", "plain"
    )
    assert (document.author, document.site) == ("Ada", None)


@pytest.mark.parametrize(
    ("block", "problem"),
    [("title: " + "[" * 19_000, "not valid YAML"), ("title: y\n" * MANY, "longer than 20,000")],
)
def test_front_matter_without_end(block: str, problem: str) -> None:
    with pytest.raises(BadFrontMatter, match=problem):
        extract("x", f"---\n{block}\n---\nText.", "plain")


def test_a_long_text_between_rules_is_text() -> None:
    text = "It rained.\n" * MANY
    assert len(extract("x", f"---\n{text}---\nText.", "plain").paragraphs) == MANY + 3


@pytest.mark.parametrize(
    "body",
    [
        "<article>" * 200 + "<h2><a href=x>a</a></h2>" * 8_000,
        "<div class=related>" * 200 + "<p>a b</p>" * 8_000,
        "<ul><li>" * 100 + "<a href=x>x</a>" * 3_000,
        "<div class='date time'>" * 200 + "<b>1</b>" * 8_000,
        "<dl>" + "<dt>a<dd>b" * 8_000,
        "<table>" * 100 + "<tr><td>a<td>b" * 1_000,
    ],
)
def test_elements_that_are_measured_once_however_deep(body: str) -> None:
    with suppress(NoText):
        read_page("x", f"<html><body>{STORY}{body}")


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">' + " " * MANY + "</script>",
        '<script type="application/ld+json">[' + ", " * MANY + "</script>",
        '<script type="application/ld+json">[' + '{"a": [{}]}, ' * 50_000 + "{}]</script>",
        "<title>" + "page you " * MANY + "</title>",
        "<title>" + " | " * MANY + "</title>",
        f"<meta name=author content='{'a, ' * MANY}'>",
        f"<div class='{'aA' * MANY}'>x</div>",
    ],
)
def test_metadata_without_end(head: str) -> None:
    with suppress(NoText):
        read_page("x", f"<html><head>{head}</head><body>{STORY}")
