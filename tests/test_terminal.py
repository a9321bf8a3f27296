"""What a person sees of an answer in the terminal."""

from dataclasses import replace

from rich.console import Console

from bot.answering.answer import Answer
from bot.terminal import show
from tests.bot_discord.examples import answer, citation
from vectorstore import Article


def shown(said: Answer) -> str:
    console = Console(width=100, color_system=None)
    with console.capture() as captured:
        show(said, console)
    return captured.get()


def test_quotes_of_one_article_stand_under_its_title_once() -> None:
    cited = (citation(), citation(marker=2, paragraph=5))
    text = shown(answer(citations=cited, text="On Tuesday [1] [2]."))
    assert text.count("Bridge closed") == 1
    assert "[1] ¶ 3  [2] ¶ 5" in text
    assert "2025-02-11" in text


def other(number: int) -> Article:
    return Article(source=f"s{number}", title=f"Paper {number}", site=f"Site {number}")


def test_who_else_has_a_quote_stands_below_the_quotes_that_they_have() -> None:
    both = (other(1), other(2))
    cited = [
        citation(marker=n, paragraph=n, also_in=also)
        for n, also in enumerate((both, both, (other(1),), ()), 1)
    ]
    said = answer(mode="extractive", citations=tuple(cited))
    lines = [line.rstrip() for line in shown(said).splitlines()]
    assert lines[lines.index("[1] ¶ 1  [2] ¶ 2") :] == [
        "[1] ¶ 1  [2] ¶ 2",
        "also in Paper 1 (Site 1); Paper 2 (Site 2)",
        "[3] ¶ 3",
        "also in Paper 1 (Site 1)",
        "[4] ¶ 4",
    ]


def test_nobody_reads_through_a_hundred_copies() -> None:
    many = shown(
        answer(language="fr", citations=(citation(also_in=tuple(map(other, range(100)))),))
    )
    assert "aussi dans Paper 0 (Site 0); Paper 1 (Site 1); Paper 2 (Site 2) et 97 de plus" in many


def test_an_undated_article_is_said_to_be_undated() -> None:
    assert "undated" in shown(answer(citations=(citation(published=None),)))


def test_nothing_in_an_article_steers_the_terminal() -> None:
    nasty = "\x1b[31mred\x1b]0;title\x07 \u202ereversed \x9b2J"
    also = Article(source=nasty, title=nasty, site=nasty)
    cited = citation(title=nasty, site=nasty, also_in=(also,))
    said = answer(text=f"“{nasty}” [1]", citations=(cited,))
    nearest = replace(said, status="not_in_articles", citations=(), nearest=said.citations)
    for text in (shown(said), shown(nearest)):
        assert not set(text) & set("\x1b\x07\u202e\x9b")
