"""The lexicon of notions."""

from importlib.resources import files

import pytest

from bot.answering.lexicon import notions, related, telling_notions
from bot.answering.vocabulary import Vocabulary
from vectorstore.searchtext import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hotel", "albergo"),
        ("schools", "écoles"),
        ("vaccinated", "geimpft"),
        ("dead", "morts"),
        ("eggs", "яйца"),
    ],
)
def test_words_of_two_languages_share_a_notion(one: str, other: str) -> None:
    assert notions(fold(one)) & notions(fold(other))


def test_an_answer_to_a_notion_does_not_ask_for_it() -> None:
    assert "colour" in notions("red")
    assert telling_notions("colour")
    assert not telling_notions("red")


def test_a_word_with_two_meanings_requires_neither() -> None:
    assert len(notions("enfermera")) > 1
    assert not telling_notions("enfermera")


def test_words_that_go_together_hint_at_each_other_but_are_not_the_same() -> None:
    assert related("widow") & related(fold("épouse"))
    text = Vocabulary.of("La veuve du ministre a déménagé.")
    assert text.hints_at("wife")
    assert not text.has("wife")
    assert not text.hints_at("bridge")


def test_a_compound_has_the_word_that_it_ends_with() -> None:
    text = Vocabulary.of("Die Funde sollen im Keltenmuseum zu sehen sein.")
    assert text.has("museum")
    assert text.has("musee")
    assert not text.has("hotel")


@pytest.mark.parametrize("name", ["lexicon.txt", "related.txt"])
def test_every_line_has_a_name_of_its_own(name: str) -> None:
    text = files("bot.answering").joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    heads = [line.split(":")[0].lstrip("!") for line in lines]
    assert len(heads) == len(set(heads))
    forms = [f for line in lines for f in line.split(":", 1)[1].replace("|", " ").split()]
    assert [f for f in forms if f.count("*") > (f[-1] == "*")] == []
