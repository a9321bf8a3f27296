"""Links that open a page at a sentence, as a browser would read them."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, strategies

from bot.page_links import page_link

LONG = (
    "The talks in Saudi Arabia were attended by Secretary of State Marco Rubio, national security "
    "adviser Mike Waltz and Middle East envoy Steve Witkoff for the United States, and by Foreign "
    "Minister Sergei Lavrov and Kremlin foreign policy adviser Yuri Ushakov for Russia."
)
PAGE = "https://news.example/a?b=c"


def directive(link: str) -> list[str]:
    """What a browser looks for: the text, or where it starts and ends."""
    _, _, text = link.partition(":~:text=")
    return [unquote(part) for part in text.split(",")]


def test_a_short_sentence_is_named_whole() -> None:
    link = page_link(PAGE, "Well-known, “true” & 100 %:\n he said so.", 700)
    assert link == (
        f"{PAGE}#:~:text=Well%2Dknown%2C%20%E2%80%9Ctrue%E2%80%9D%20%26%20100%20%25%3A"
        "%20he%20said%20so."
    )
    assert directive(link) == ["Well-known, “true” & 100 %: he said so."]


def test_a_long_sentence_is_named_by_its_ends() -> None:
    link = page_link(PAGE, LONG, 700)
    assert link is not None
    start, end = directive(link)
    assert start == "The talks in Saudi Arabia were"
    assert end == "policy adviser Yuri Ushakov for Russia."
    assert LONG.startswith(start)
    assert LONG.endswith(end)


@pytest.mark.parametrize(
    "sentence",
    [
        "Государственный секретарь Марко Рубио и министр иностранных дел Сергей Лавров встретились "
        "в Эр-Рияде во вторник утром.",
        "国务卿鲁比奥、外长拉夫罗夫在利雅得会谈，双方同意恢复关系，随后将任命谈判代表，会谈持续四个半小时。",
    ],
)
def test_other_scripts_are_named_by_their_ends_too(sentence: str) -> None:
    link = page_link(PAGE, sentence, 700)
    assert link is not None
    start, end = directive(link)
    assert len(start) > 5
    assert len(end) > 5
    assert sentence.startswith(start)
    assert sentence.endswith(end)


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("https://x.example/a#part-2", "https://x.example/a#part-2:~:text="),
        ("https://x.example/a#:~:text=other", "https://x.example/a#:~:text="),
        ("https://x.example/a#b:~:text=other", "https://x.example/a#b:~:text="),
        ("https://x.example/a", "https://x.example/a#:~:text="),
    ],
)
def test_a_fragment_that_is_there_is_kept(url: str, begins: str) -> None:
    assert page_link(url, "So.", 700) == f"{begins}So."


@pytest.mark.parametrize("url", [None, "", "ftp://x.example", "javascript:alert(1)", "upload:a.md"])
def test_what_is_no_web_page_is_no_link(url: str | None) -> None:
    assert page_link(url, "So.", 700) is None


def test_a_link_that_would_be_too_long_opens_the_page() -> None:
    url = "https://x.example/" + "a" * 60
    assert page_link(url, "word " * 9, 100) == url
    assert page_link(url, "So.", len(url) - 1) is None
    endless = "x" * 500
    assert page_link(url, endless, 700) == url


@given(strategies.text(max_size=400))
def test_any_sentence_makes_a_link_that_markdown_and_browsers_can_read(sentence: str) -> None:
    link = page_link(PAGE, sentence.encode("utf-8", "ignore").decode(), 700)
    assert link is not None
    assert len(link) <= 700
    assert link.isascii()
    assert not set(link) & set("<>()\\@ \n")
    assert urlsplit(link).path == "/a"
    if ":~:" in link:
        text = link.partition(":~:text=")[2]
        assert "-" not in text
        assert len(text.split(",")) <= 2
        assert all(part for part in directive(link))
