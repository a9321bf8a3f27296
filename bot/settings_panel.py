"""What a server settled, as a message of menus, and what a choice in one of them changes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import discord
from babel import Locale
from discord import ChannelType, SelectDefaultValueType, ui

from bot.permissions import lacking
from bot.servers import ServerSettings
from bot.texts import Words, languages

FORGET_GONE = "forget_gone"
_PAUSES = (0, 5, 10, 30, 60, 300)
_LIMITS = (0, 5, 10, 20, 60)
_OWN, _YES, _NO = "own", "yes", "no"
_NUMBER = re.compile(r"[0-9]{1,20}")
# [components/reference, Select]: at most 25 values.
_MOST_CHOSEN = 25
# A message's texts have 4000 characters together [components/reference, Text Display].
_MOST_WARNINGS = 3
_WRITTEN = (ChannelType.text, ChannelType.news)
_ANSWERED = (*_WRITTEN, ChannelType.forum, ChannelType.voice)

_Section = tuple[str, Sequence[str], "ui.Item[Any]"]


def custom_id(setting: str) -> str:
    return f"newsdesk:settings:{setting}"


def settings_panel(
    settings: ServerSettings, guild: discord.Guild, said: Words, *, reads_all: bool
) -> ui.LayoutView:
    """The menus; they name their setting and nothing else, so that they outlive a restart.

    ``reads_all``: the bot has the message content intent.
    """
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(f"## {said.newsdesk.settings}\n{said.newsdesk.settings_intro}"))
    for title, notes, menu in [
        *_roles_and_channels(settings, guild, said, reads_all),
        *_choices(settings, said),
    ]:
        view.add_item(ui.TextDisplay("\n".join([f"**{title}**", *notes])))
        view.add_item(ui.ActionRow(menu))
    if without_gone(settings, guild) != settings:
        named = custom_id(FORGET_GONE)
        button: ui.Button[ui.LayoutView]
        button = ui.Button(label=said.newsdesk.forget_gone, custom_id=named)
        view.add_item(ui.ActionRow(button))
    # A stopped view is not kept in memory: the cog is told of clicks anyway.
    view.stop()
    return view


def changed(
    settings: ServerSettings, guild: discord.Guild, setting: str, values: Sequence[str]
) -> ServerSettings:
    """The settings after a choice; what isn't there (any more) or was never offered is left out."""
    # Any client can send anything: "²" is a digit, and no number.
    ids = tuple(int(value) for value in values if _NUMBER.fullmatch(value))
    first = values[0] if values else ""
    match setting:
        case "editor_roles":
            return replace(settings, editor_roles=_there(guild.get_role, ids))
        case "question_channels":
            return replace(settings, question_channels=_there(guild.get_channel, ids))
        case "answer_channels":
            return replace(settings, answer_channels=_there(guild.get_channel, ids))
        case "moderators_channel":
            found = _there(guild.get_channel, ids)
            return replace(settings, moderators_channel=next(iter(found), None))
        case "threads":
            return replace(settings, threads=first == _YES)
        case "language":
            return replace(settings, language=first if first in languages() else None)
        case "member_seconds" if ids and ids[0] in _PAUSES:
            return replace(settings, member_seconds=float(ids[0]))
        case "server_questions" if ids and ids[0] in _LIMITS:
            return replace(settings, server_questions=ids[0])
        case "forget_gone":
            return without_gone(settings, guild)
    return settings


def without_gone(settings: ServerSettings, guild: discord.Guild) -> ServerSettings:
    """The settings without roles and channels that were deleted."""
    moderators = settings.moderators_channel
    return replace(
        settings,
        editor_roles=_there(guild.get_role, settings.editor_roles),
        question_channels=_there(guild.get_channel, settings.question_channels),
        answer_channels=_there(guild.get_channel, settings.answer_channels),
        moderators_channel=moderators if guild.get_channel(moderators or 0) else None,
    )


def _there(find: Any, ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(one for one in ids if find(one))


def _roles_and_channels(
    settings: ServerSettings, guild: discord.Guild, said: Words, reads_all: bool
) -> Iterator[_Section]:
    word = said.newsdesk
    kept = without_gone(settings, guild)

    def notes(text: str, warnings: Sequence[str], channels: Sequence[int], gone: int) -> list[str]:
        told = [*warnings, *([word.gone.format(count=gone)] if gone else [])]
        told += _unusable(channels, guild, said, threads=settings.threads)
        return [text, *(f"⚠️ {warning}" for warning in told)]

    text = word.editor_roles_text
    if kept.editor_roles:
        text += " " + word.editor_roles_hint.format(name=guild.me.display_name)
    gone = len(settings.editor_roles) - len(kept.editor_roles)
    yield word.editor_roles, notes(text, [], [], gone), _role_menu(kept.editor_roles, said)

    chosen = kept.question_channels
    gone = len(settings.question_channels) - len(chosen)
    told = [word.intent_off] if settings.question_channels and not reads_all else []
    menu = _channel_menu("question_channels", chosen, _WRITTEN, said)
    yield word.question_channels, notes(word.question_channels_text, told, chosen, gone), menu

    chosen = kept.answer_channels
    gone = len(settings.answer_channels) - len(chosen)
    told = [word.nowhere] if gone and not (chosen or kept.question_channels) else []
    menu = _channel_menu("answer_channels", chosen, _ANSWERED, said)
    yield word.answer_channels, notes(word.answer_channels_text, told, chosen, gone), menu

    chosen = (kept.moderators_channel,) if kept.moderators_channel else ()
    gone = int(settings.moderators_channel is not None and not chosen)
    menu = _channel_menu("moderators_channel", chosen, _WRITTEN, said, most=1)
    yield word.moderators_channel, notes(word.moderators_channel_text, [], chosen, gone), menu


def _choices(settings: ServerSettings, said: Words) -> Iterator[_Section]:
    word = said.newsdesk
    places = {_NO: word.in_channel, _YES: word.in_thread}
    chosen = _YES if settings.threads else _NO
    yield word.threads, [], _menu("threads", places, chosen)
    own = {_OWN: word.each_own}
    named = own | {code: Locale(code).get_display_name() or code for code in languages()}
    spoken = settings.language or _OWN
    yield word.language, [word.language_text], _menu("language", named, spoken)
    pauses = {str(s): word.wait.format(seconds=s) if s else word.no_wait for s in _PAUSES}
    pause = f"{settings.member_seconds:g}"
    yield word.member_seconds, [], _menu("member_seconds", pauses, pause)
    limits = {str(n): word.per_minute.format(count=n) if n else word.no_limit for n in _LIMITS}
    limit = str(settings.server_questions)
    yield word.server_questions, [], _menu("server_questions", limits, limit)


def _unusable(
    channels: Sequence[int], guild: discord.Guild, said: Words, *, threads: bool
) -> list[str]:
    """What to grant in the chosen channels."""
    warnings = []
    for channel in map(guild.get_channel, channels):
        if channel and (missing := lacking(channel, guild.me, threads=threads)):
            names = ", ".join(said.permissions[one] for one in missing)
            text = said.newsdesk.lacking.format(channel=channel.mention, permissions=names)
            warnings.append(text)
    return warnings[:_MOST_WARNINGS]


def _role_menu(chosen: Sequence[int], said: Words) -> ui.Item[Any]:
    menu: ui.RoleSelect[ui.LayoutView] = ui.RoleSelect(
        custom_id=custom_id("editor_roles"),
        placeholder=said.newsdesk.choose_roles,
        min_values=0,
        max_values=_MOST_CHOSEN,
        default_values=_defaults(chosen, SelectDefaultValueType.role),
    )
    return menu


def _channel_menu(
    setting: str,
    chosen: Sequence[int],
    kinds: Sequence[ChannelType],
    said: Words,
    most: int = _MOST_CHOSEN,
) -> ui.Item[Any]:
    menu: ui.ChannelSelect[ui.LayoutView] = ui.ChannelSelect(
        custom_id=custom_id(setting),
        placeholder=said.newsdesk.choose_channels,
        channel_types=list(kinds),
        min_values=0,
        max_values=most,
        default_values=_defaults(chosen, SelectDefaultValueType.channel),
    )
    return menu


def _defaults(
    chosen: Sequence[int], kind: SelectDefaultValueType
) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=one, type=kind) for one in chosen]


def _menu(setting: str, labels: dict[str, str], chosen: str) -> ui.Item[Any]:
    options = [
        discord.SelectOption(label=label, value=value, default=value == chosen)
        for value, label in labels.items()
    ]
    menu: ui.Select[ui.LayoutView] = ui.Select(custom_id=custom_id(setting), options=options)
    return menu
