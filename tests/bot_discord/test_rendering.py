"""Answers as Discord messages: what they show, and that they fit."""

import random
import re

import discord
import pytest
from hypothesis import given, strategies

from bot.answering.answer import Citation
from bot.citing import cited
from bot.escaping import escape, without_paths
from bot.rendering import Reply, listing, render
from bot.splitting import shorten, split
from bot.texts import words
from tests.bot_discord.examples import answer, citation

EN = words("en")
AT_SENTENCE = (
    "https://news.example/bridge#:~:text=The%20bridge%20closed%20on%20Tuesday."  # percent-encoded
)
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
    "```",
    "```py\n",
    "**",
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
        f"— [Bridge closed](<{AT_SENTENCE}>) · news.example · 2025-02-11 · paragraph 3"
    )
    assert reply.embed.footer.text == "As of 2025-02-11"


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
    (reply,) = render(answer(citations=(cited,)), EN, embeds=True)
    assert reply.embed is not None
    assert reply.embed.footer.text == EN.as_of_undated


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
    assert f"**[1]** [Bridge closed](<{AT_SENTENCE}>)" in (reply.embed.description or "")


@pytest.mark.parametrize("embeds", [True, False])
def test_the_newest_article_says_as_of_when(embeds: bool) -> None:
    cited = (
        citation(published="2025-02-11"),
        citation(marker=2, published="2025-03-01T10:00:00+00:00"),
        citation(marker=3, published=None),
    )
    replies = render(answer(citations=cited), EN, embeds=embeds)
    footer = replies[-1].embed.footer.text if replies[-1].embed else replies[-1].content
    assert footer is not None
    assert footer.rstrip("*").endswith("As of 2025-03-01")


@pytest.mark.parametrize("embeds", [True, False])
def test_how_certain_a_quote_is_stands_beside_it(embeds: bool) -> None:
    cited = (
        citation(certainty="expected"),
        citation(marker=2, certainty="claimed", claimant="the mayor"),
        citation(marker=3),
    )
    text = text_of(render(answer(citations=cited, language="en"), EN, embeds=embeds))
    assert text.count("*(expected)*") == 1
    assert text.count("*(according to the mayor)*") == 1
    assert text.index("**[1]**") < text.index("*(expected)*") < text.index("**[2]**")


def test_a_translation_leaves_room_for_the_quote() -> None:
    long = citation(quote="word " * 300, title="title " * 60, url="https://x.example/" + "a" * 600)
    translated = answer(citations=(long,), glosses={1: "mot " * 300})
    for reply in render(translated, EN, embeds=False):
        assert_within_limits(reply)
    text = text_of(render(translated, EN, embeds=False))
    assert "> word word" in text
    assert "*(translation)* mot mot" in text


def test_only_the_last_message_has_the_buttons() -> None:
    view = discord.ui.View()
    replies = render(answer(text="word " * 900), EN, embeds=True, view=view)
    assert [reply.view for reply in replies] == [*[None] * (len(replies) - 1), view]


@pytest.mark.parametrize("seed", range(50))
def test_any_page_of_a_list_fits_and_none_is_left_out(seed: int) -> None:
    source = random.Random(seed)
    blocks = [
        cited(citation(quote=noise(source, 200), title=noise(source, 40)), EN)
        + "x" * source.choice([0, 3000])
        for _ in range(source.randrange(1, 12))
    ]
    for embeds in (True, False):
        _, count = listing(blocks, EN, embeds=embeds)
        shown_pages = [listing(blocks, EN, embeds=embeds, page=n)[0] for n in range(count)]
        for reply in shown_pages:
            assert_within_limits(reply)
        assert "".join(text_of(shown_pages).split()).count("—") == "".join(blocks).count("—")
        beyond, _ = listing(blocks, EN, embeds=embeds, page=count + 5)
        assert text_of([beyond]) == text_of(shown_pages[-1:])


WORDS = strategies.sampled_from(
    ["a", "word", "[1]", "[12]", "été.", "是的。", "\\*", "**bold**", "[x y](<https://x.example>)"]
)
PIECE = strategies.one_of(
    WORDS,
    strategies.lists(WORDS, max_size=12).map(" ".join),
    strategies.sampled_from(["`code of it`", "```py\nprint(1)\nprint(2)\n```", "x" * 130]),
)
MARKDOWN = strategies.lists(PIECE, max_size=30).flatmap(
    lambda pieces: strategies.sampled_from([" ", "\n", "\n\n"]).map(lambda gap: gap.join(pieces))
)


def test_open_brackets_are_no_work() -> None:
    """Each began a search for a link's end: this took minutes."""
    text = "[" * 20_000 + "word " * 4000
    assert "".join(split(text, 2000)).count("[") == 20_000


@given(MARKDOWN, strategies.integers(40, 120))
def test_nothing_is_cut_that_only_means_something_whole(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for whole in (
        r"\[\d+\]",
        r"`code of it`",
        r"```py\nprint\(1\)\nprint\(2\)\n```",
        r"\[x y\]\(<https://x\.example>\)",
        r"\\\*",
        r"(?<!\S)(?:word|été\.|\*\*bold\*\*)(?!\S)",
    ):
        found = [match for part in parts for match in re.findall(whole, part)]
        assert found == re.findall(whole, text), whole


@given(strategies.text(alphabet="ab\n", min_size=1, max_size=400), strategies.integers(40, 90))
def test_a_code_block_that_is_too_long_goes_on_in_another(code: str, limit: int) -> None:
    parts = split(f"Before.\n```py\n{code}\n```\nAfter [1].", limit)
    assert all(len(part) <= limit for part in parts)
    assert all(part.count("```") % 2 == 0 for part in parts)
    inside = "".join(re.findall(r"```py\n(.*?)\n```", "\n".join(parts), re.DOTALL))
    assert "".join(inside.split()) == "".join(code.split())
    assert parts[-1].endswith("After [1].")


@pytest.mark.parametrize("embeds", [True, False])
@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("word " * 59 + "word", "word …"),
        ("word " * 59 + "word.", "word."),
        ("A short heading", "A short heading"),
    ],
)
def test_a_nearest_passage_that_goes_on_says_so(quote: str, shown: str, embeds: bool) -> None:
    near = answer(
        status="not_in_articles", text="No.", citations=(), nearest=(citation(quote=quote),)
    )
    (reply,) = render(near, words("en"), embeds=embeds)
    text = (reply.embed.description if reply.embed else reply.content) or ""
    assert f"{shown}\n— " in text
