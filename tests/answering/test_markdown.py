import pytest
from rich.console import Console
from rich.markdown import Markdown

from bot.answering.markdown import escape


@pytest.mark.parametrize(
    "text",
    [
        "a *bold* _claim_ with `code` and ~~strike~~",
        "[a link](https://example.com) and <b>html</b>",
        "see [1] and [2]",
        "back\\slash and C:\\temp",
        "# not a heading",
        "> not a quote",
        "1. not a list",
        "- not a list either",
        "|| not a spoiler ||",
        "https://example.com/a_b_c is a link",
    ],
)
def test_escaped_text_shows_as_it_is(text: str) -> None:
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(Markdown(escape(text)))
    assert captured.get().strip() == text


def test_a_number_in_brackets_is_no_marker() -> None:
    assert "[1]" not in escape("as reported [1]")
    assert "[7]" not in escape("https://example.org/[7] says so")
