"""Every language says everything, with the same blanks, and nothing that nobody reads."""

import inspect
import re
import string
from dataclasses import fields
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
KEYS = {field.name for field in fields(Words)}
SOURCES = list(Path(inspect.getfile(bot)).parent.glob("*.py"))


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def described() -> dict[str, str]:
    """The English text of each key in the code."""
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    found = re.findall(r'locale_str\(\s*"([^"]+)",\s*key="(\w+)"\s*\)', code)
    return {key: text for text, key in found}


@pytest.mark.parametrize("language", languages())
def test_each_language_says_everything_with_the_same_blanks(language: str) -> None:
    # Missing and unknown keys are a TypeError of words().
    said = words(language)
    for key in KEYS - {"commands"}:
        assert getattr(said, key).strip(), key
        assert blanks(getattr(said, key)) == blanks(getattr(EN, key)), key
    assert said.commands.keys() == EN.commands.keys()


def test_each_key_is_used_and_each_command_described() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"\b(?:said|words)\.(\w+)", code)) | set(_OUTCOMES)
    assert KEYS - {"commands"} <= used
    assert described() == EN.commands


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
