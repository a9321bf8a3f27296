"""Answers as Discord messages: what they show, and that they fit."""

import random
import re

import discord
import pytest

from bot.answering.answer import Citation
from bot.rendering import Reply, escape, render, shorten, split, without_paths
from bot.texts import words
from tests.bot_discord.examples import answer, citation

EN = words("en")
ROUNDS = 200
# What is likely to be cut or escaped wrongly, and what is not.
PIECES = [
    *"aé🙂 \n*_`~|\\<>[]()#-:@.",
    "@everyone",
    "<@12345678901234567>",
    "[12]",
    "\\*",
    "\n\n",
    "https://x.example/a_b",
    "# ",
    "word " * 50,
    "x" * 2500,
    "1. ",
]


def shown(markdown: str) -> str:
    """What Discord shows: without the backslashes before punctuation, outside of addresses."""
    return re.sub(r"(https?://[^\s<\\]+)|\\([^A-Za-z0-9\s])", lambda m: m[1] or m[2], markdown)


def noise(source: random.Random, most: int) -> str:
    return "".join(source.choice(PIECES) for _ in range(source.randrange(most)))


def assert_within_limits(reply: Reply) -> None:
    assert (reply.content and reply.content.strip()) or reply.embed
    assert len(reply.content or "") <= 2000
    if reply.embed:
        assert 0 < len(reply.embed.description or "") <= 4096
        assert len(reply.embed.title or "") <= 256
        assert len(reply.embed) <= 6000


def text_of(replies: list[Reply]) -> str:
    return "\n".join(
        part
        for reply in replies
        for part in (reply.content, *(embed.description for embed in reply.embeds))
        if part
    )


def test_the_text_comes_first_then_the_quote_and_its_article() -> None:
    (reply,) = render(answer(), EN, embeds=True)
    assert reply.content == "On Tuesday [1]."
    assert reply.embed is not None
    assert reply.embed.description == (
        "**[1]**\n> The bridge closed on Tuesday.\n"
        "— [Bridge closed](<https://news.example/bridge>) · news.example · 2025-02-11 · paragraph 3"
    )


def test_without_embeds_it_says_the_same() -> None:
    (reply,) = render(answer(), EN, embeds=False)
    assert reply.embed is None
    assert reply.content is not None
    assert "> The bridge closed on Tuesday." in reply.content
    assert "**[1]**" in reply.content


def test_an_undated_article_without_an_address() -> None:
    cited = citation(url=None, site=None, published=None)
    text = text_of(render(answer(citations=(cited,)), EN, embeds=True))
    assert text.endswith("— Bridge closed · undated · paragraph 3")


def test_articles_that_do_not_tell() -> None:
    near = (citation(quote="One."), citation(quote="Two."))
    silent = answer(status="not_in_articles", text="They do not tell.", citations=(), nearest=near)
    (reply,) = render(silent, EN, embeds=True)
    assert reply.content == "They do not tell."
    assert reply.embed is not None
    assert reply.embed.title == "Nearest passages"
    assert "> One." in str(reply.embed.description)
    assert "[1]" not in str(reply.embed.description)
    (plain,) = render(silent, EN, embeds=False)
    assert "**Nearest passages**" in str(plain.content)


@pytest.mark.parametrize(
    "text",
    [
        "# Not a heading",
        "-# not small",
        "> not a quote",
        "- not a list",
        "12. not a list",
        "**not bold** _not_ ~~not~~ ||not|| `not`",
        "[not a link](https://evil.example)",
        "<t:0:R> <#1> <:name:1> :smile:",
        "back\\slash",
        "- 3.5 million on 12.5.",
    ],
)
def test_article_text_shows_as_it_is(text: str) -> None:
    escaped = escape(text)
    assert escaped != text
    assert shown(escaped) == text


@pytest.mark.parametrize("text", ["3.5 million", "It’s 10:30 – really?", "a-b (c)", "50 > 40"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert escape(text) == text


def test_an_address_stays_a_link() -> None:
    assert escape("see https://x.example/a_b_c now") == "see https://x.example/a_b_c now"


@pytest.mark.parametrize("ping", ["@everyone", "@here", "<@1>", "<@!1>", "<@&1>"])
def test_nothing_pings(ping: str) -> None:
    hostile = citation(quote=ping, title=ping, site=ping, url=f"https://x.example/{ping}")
    text = text_of(render(answer(text=ping, citations=(hostile,)), EN, embeds=False))
    assert ping not in text
    assert discord.utils.escape_mentions(text) == text


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_any_answer_fits(seed: int) -> None:
    source = random.Random(seed)

    def cited(marker: int) -> Citation:
        return citation(
            marker=marker,
            title=noise(source, 40),
            url=source.choice([None, "https://x.example/" + noise(source, 30)]),
            site=source.choice([None, noise(source, 10)]),
            published=source.choice([None, "2025-02-18T10:00:00+00:00", noise(source, 5)]),
            quote=noise(source, 200),
        )

    told = source.random() < 0.7
    cards = tuple(cited(n) for n in range(source.randrange(12)))
    any_answer = answer(
        status="answered" if told else "not_in_articles",
        text=noise(source, 300) or "None.",
        citations=cards if told else (),
        nearest=() if told else cards[:3],
    )
    for embeds in (True, False):
        for reply in render(any_answer, EN, embeds=embeds):
            assert_within_limits(reply)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_splitting_keeps_words_markers_and_escapes_whole(seed: int) -> None:
    source = random.Random(seed)
    limit = source.randrange(20, 120)
    text = escape(noise(source, 60).replace("x" * 2500, "y" * 300)) + " end [12]." * 3
    parts = split(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        assert (len(part) - len(part.rstrip("\\"))) % 2 == 0
    assert "".join(parts).count("[12]") == sum(part.count("[12]") for part in parts)
    short_words = [word for word in text.split() if len(word) <= limit // 4]
    whole = [word for part in parts for word in part.split()]
    assert not [word for word in short_words if word not in whole]


def test_a_marker_in_an_endless_word_stays_whole() -> None:
    for before in range(1, 30):
        text = "x" * before + "[12]" + "y" * 30
        assert any("[12]" in part for part in split(text, 20)), text


def test_shortening_ends_at_a_word() -> None:
    assert shorten("one two three", 9) == "one two …"
    assert shorten("one two", 9) == "one two"


def test_folders_are_left_out() -> None:
    assert without_paths("“/srv/news/a.md” can't be read.") == "“a.md” can't be read."
    assert without_paths("The page https://x.example/a/b is gone.") == (
        "The page https://x.example/a/b is gone."
    )
    assert without_paths("C:\\news\\a.md is empty, 1/2/2025.") == "a.md is empty, 1/2/2025."


def test_an_answer_made_of_quotes_shows_each_once() -> None:
    said = answer(mode="extractive", text="“The bridge closed on Tuesday.” [1]")
    [reply] = render(said, EN, embeds=True)
    assert reply.embed is not None
    assert "The bridge closed" in (reply.content or "")
    assert "The bridge closed" not in (reply.embed.description or "")
    assert "**[1]** [Bridge closed](<https://news.example/bridge>)" in (
        reply.embed.description or ""
    )
