"""Every language says everything, with the same blanks, and nothing that nobody reads."""

import inspect
import re
import string
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

import bot
from bot.articles import Articles
from bot.ask import Ask
from bot.registration import Descriptions
from bot.reports import _OUTCOMES
from bot.texts import Words, languages, words

EN = words("en")
CODE = "".join(
    path.read_text(encoding="utf-8")
    for path in sorted(Path(inspect.getfile(bot)).parent.glob("*.py"))
)


def texts(said: Words) -> dict[str, str]:
    """Every text of a language by its dotted key."""
    found: dict[str, str] = {}

    def gather(table: dict[str, Any], prefix: str = "") -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                gather(value, f"{prefix}{key}.")
            else:
                found[prefix + key] = value

    gather(asdict(said))
    return found


def blanks(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def missing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Keys that the other lacks, has more of, or has with other blanks or nothing in them."""
    keys = one.keys() ^ other.keys()
    return sorted(keys) + [
        key
        for key in one.keys() & other.keys()
        if blanks(one[key]) != blanks(other[key]) or not other[key].strip()
    ]


def unused(said: Words, code: str) -> list[str]:
    """Keys that no code reads: as ``said.key``, or as ``said.newsdesk.key``, there also with
    ``word`` for the table; permissions and commands are named by their keys."""
    used = {
        "": {*re.findall(r"\b(?:said|words)\.(\w+)", code), *_OUTCOMES},
        "newsdesk": set(re.findall(r"\b(?:newsdesk|word)\.(\w+)", code)),
        "permissions": set(re.findall(r'"(\w+)"', code)),
        "commands": set(described(code)),
    }
    return [
        dotted
        for dotted in texts(said)
        for table, _, key in [dotted.rpartition(".")]
        if key not in used[table]
    ]


def described(code: str) -> dict[str, str]:
    """The English text of each key in the code."""
    found = re.findall(r'locale_str\(\s*"([^"]+)",\s*key="(\w+)",?\s*\)', code)
    return {key: text for text, key in found}


@pytest.mark.parametrize("language", languages())
def test_each_language_says_everything_with_the_same_blanks(language: str) -> None:
    # Missing and unknown keys are a TypeError of words() already, but not of tables.
    assert missing(texts(EN), texts(words(language))) == []


def test_each_key_is_used_and_each_command_described() -> None:
    assert unused(EN, CODE) == []
    assert described(CODE) == EN.commands


def test_what_is_missing_or_of_no_use_would_be_noticed() -> None:
    said = texts(EN)
    without = {key: text for key, text in said.items() if key != "permissions.view_channel"}
    assert missing(said, without) == ["permissions.view_channel"]
    assert missing(said, said | {"permissions.fly": "Fly"}) == ["permissions.fly"]
    assert missing(said, said | {"page": said["page"].replace("{pages}", "")}) == ["page"]
    assert missing(said, said | {"newsdesk.wait": "{seconds} {seconds}"}) == ["newsdesk.wait"]
    for code in (".untitled", ".newsdesk.gateway", "permissions.view_channel", "commands.ask"):
        table, _, key = code.rpartition(".")
        shortened = re.sub(rf"\b{key}\b", "", CODE)
        assert f"{table}.{key}".lstrip(".") in unused(EN, shortened)


def test_descriptions_keep_discords_limit() -> None:
    for language in languages():
        for text in words(language).commands.values():
            assert 1 <= len(text) <= 100


def test_the_first_language_that_we_have_is_taken() -> None:
    assert words("sv", "de-DE") is words("de")
    assert words("es-419").undated == "sin fecha"
    assert words("sv", "") is words("en")
    assert words("../../x") is words("en")


async def test_descriptions_are_translated_and_names_are_not() -> None:
    assert Ask.ask._locale_description is not None
    context: app_commands.TranslationContext[Any, Any] = app_commands.TranslationContext(
        app_commands.TranslationContextLocation.command_description, Ask.ask
    )
    text = await Descriptions().translate(
        Ask.ask._locale_description, discord.Locale.german, context
    )
    assert text == words("de").commands["ask"]
    name = app_commands.locale_str("ask")
    assert await Descriptions().translate(name, discord.Locale.german, context) is None
    assert Articles.articles.name == "articles"
