"""Telling Discord which commands there are."""

import logging
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.http import Route

from bot.texts import FALLBACK, languages, words

log = logging.getLogger(__name__)

Payload = dict[str, Any]


class Descriptions(app_commands.Translator):
    """The descriptions of commands and options and the entries of menus, looked up by their
    ``key``.

    The names that people type stay English: clients don't find the subcommands of a translated
    name, nor show mentions of commands in it (discord-api-docs, issues 5105 and 5518).
    """

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        key = string.extras.get("key")
        language = locale.value.split("-")[0]
        if key is None or language == FALLBACK or language not in languages():
            return None
        return words(language).commands[key]


async def register(tree: app_commands.CommandTree[Any]) -> dict[str, int]:
    """Register the commands where Discord has other ones: an app may make 200 a day.

    A refusal is only logged; the bot still answers where it is mentioned. Returns the ids of the
    slash commands by name, as far as they are known.
    """
    await tree.set_translator(Descriptions())
    assert tree.translator is not None
    ours = [
        await command.get_translated_payload(tree, tree.translator)
        for command in tree.get_commands()
    ]
    try:
        registered = await _registered(tree.client)
        if not _same(ours, registered):
            registered = [{**command.to_dict()} for command in await tree.sync()]
    except discord.HTTPException:
        log.exception("The slash commands could not be registered.")
        return {}
    return {
        command["name"]: int(command["id"])
        for command in registered
        if command["type"] == discord.AppCommandType.chat_input.value
    }


def mention(command: str, ids: Mapping[str, int]) -> str:
    """A slash command, with its subcommand, to click on [reference, Message Formatting]."""
    known = ids.get(command.partition(" ")[0])
    return f"</{command}:{known}>" if known else f"`/{command}`"


async def _registered(client: discord.Client) -> list[Payload]:
    # CommandTree.fetch_commands() gets no translations: it leaves out with_localizations.
    route = Route(
        "GET",
        "/applications/{application_id}/commands",
        application_id=client.application_id,
    )
    found: list[Payload] = await client.http.request(route, params={"with_localizations": "true"})
    return found


def _same(ours: list[Payload], theirs: list[Payload]) -> bool:
    by_name = {command["name"]: command for command in theirs}
    return len(ours) == len(theirs) and all(
        _holds(command, by_name.get(command["name"])) for command in ours
    )


def _holds(ours: Any, theirs: Any) -> bool:
    """Whether theirs says all that ours says: Discord leaves out what is empty or the default,
    adds fields of its own, and writes permissions as strings."""
    if not ours:
        return not theirs
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            _holds(value, theirs.get(key)) for key, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(theirs, list) and len(ours) == len(theirs) and all(map(_holds, ours, theirs))
        )
    return str(ours) == str(theirs)
