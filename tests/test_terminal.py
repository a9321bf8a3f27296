"""What a person sees of an answer in the terminal."""

from dataclasses import replace

from rich.console import Console

from bot.answering.answer import Answer
from bot.terminal import show
from tests.bot_discord.examples import answer, citation


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


def test_an_undated_article_is_said_to_be_undated() -> None:
    assert "undated" in shown(answer(citations=(citation(published=None),)))


def test_nothing_in_an_article_steers_the_terminal() -> None:
    nasty = "\x1b[31mred\x1b]0;title\x07 \u202ereversed \x9b2J"
    said = answer(text=f"“{nasty}” [1]", citations=(citation(title=nasty, site=nasty),))
    nearest = replace(said, status="not_in_articles", citations=(), nearest=said.citations)
    for text in (shown(said), shown(nearest)):
        assert not set(text) & set("\x1b\x07\u202e\x9b")
