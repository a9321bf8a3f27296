"""Verdicts on answers, and what the moderators are told."""

import asyncio
import logging
from functools import partial

import discord

from bot.answering.answer import Citation
from bot.citing import reference
from bot.clicks import Click, custom_id
from bot.errors import BotError
from bot.escaping import escape
from bot.modals import modal
from bot.notices import Notices, to_moderators
from bot.records import Delivered, Verdict
from bot.splitting import shorten
from bot.texts import Words

log = logging.getLogger(__name__)

_REASON_LIMIT = 500
# [components/reference, Select Option]
_OPTION_LIMIT = 100
_OPTIONS = 25
# Of the 3 that Discord waits.
_LOOKUP_SECONDS = 2.0


class ModeratorsUnreachable(BotError):
    """There is no channel for them, or the bot may not write there."""


async def helpful(click: Click) -> None:
    await click.acknowledge()
    await _rate(click, "helpful")
    await click.tell(click.said.thanks)


async def not_helpful(click: Click) -> None:
    asked = modal(click.said.not_helpful, custom_id("reason", click.answer_id))
    asked.add_item(_reason_field(click.said))
    await click.interaction.response.send_modal(asked)


async def reason(click: Click, entered: dict[str, str]) -> None:
    """Not helpful, and why."""
    await click.acknowledge()
    await _rate(click, "not_helpful", entered["reason"])
    await click.tell(click.said.thanks)


async def wrong_source(click: Click) -> None:
    said = click.said
    asked = modal(said.wrong_source, custom_id("source", click.answer_id))
    try:
        # A modal is the acknowledgement, and which quotes it offers has to be looked up before.
        delivered = await asyncio.wait_for(click.answer(), _LOOKUP_SECONDS)
    except TimeoutError:
        log.warning("An answer was not found in time: its sources are not offered.")
    else:
        # Without any it has no such button; but any client can send its id.
        if delivered.answer.citations:
            asked.add_item(_source_field(delivered, said))
    asked.add_item(_reason_field(said))
    await click.interaction.response.send_modal(asked)


async def source(click: Click, entered: dict[str, str]) -> None:
    """A wrong source: which one, and why."""
    await click.acknowledge()
    delivered = await click.answer()
    why = entered["reason"]
    wrong = [c for c in delivered.answer.citations if str(c.marker) == entered.get("source")]
    await _rate(click, "wrong_source", " ".join([*(f"[{c.marker}]" for c in wrong), why]).strip())
    if delivered.guild is not None:
        # Where nobody is there to be told, the verdict is stored all the same.
        await to_moderators(click, partial(_wrong_source, click, delivered, wrong, why))
    await click.tell(click.said.thanks)


async def notice(click: Click) -> None:
    """Tell the moderators of a question that got no answer; of the same one only once a week."""
    await click.acknowledge()
    delivered = await click.answer()
    notices = Notices(click.interaction.client.store.catalog.database)
    if not await click.look_up(partial(notices.claim, delivered.id)):
        await click.tell(click.said.told_before)
        return
    told = False
    try:
        told = await to_moderators(click, partial(_unanswered, delivered))
    finally:
        if not told:
            await click.look_up(partial(notices.give_up, delivered.id))
    if not told:
        raise ModeratorsUnreachable(click.said.cannot_tell)
    await click.tell(click.said.moderators_told)


async def _rate(click: Click, verdict: Verdict, why: str = "") -> None:
    delivered = await click.answer()
    records, member = click.interaction.client.records, click.interaction.user.id
    await click.look_up(partial(records.rate, delivered.id, member, verdict, why.strip()))


def _unanswered(delivered: Delivered, said: Words) -> str:
    head = said.notice_unanswered.format(member=f"<@{delivered.asker}>")
    return f"{head}\n{_question(delivered)}"


def _wrong_source(
    click: Click, delivered: Delivered, wrong: list[Citation], why: str, said: Words
) -> str:
    head = said.notice_wrong_source.format(member=f"<@{click.interaction.user.id}>")
    lines = [head, _question(delivered)]
    lines += [f"**[{citation.marker}]** {reference(citation, said)}" for citation in wrong]
    lines += [shorten(escape(" ".join(why.split())), _REASON_LIMIT)] if why.strip() else []
    return "\n".join(lines)


def _question(delivered: Delivered) -> str:
    """What was asked, and where its answer stands if others can see that."""
    asked = shorten(escape(" ".join(delivered.answer.question.split())), _REASON_LIMIT)
    if delivered.private or not delivered.messages:
        return f"> {asked}"
    place = f"{delivered.guild}/{delivered.channel}/{delivered.messages[0]}"
    return f"> {asked}\nhttps://discord.com/channels/{place}"


def _reason_field(said: Words) -> discord.ui.Label[discord.ui.Modal]:
    field = discord.ui.TextInput[discord.ui.Modal](
        custom_id="reason",
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=_REASON_LIMIT,
    )
    return discord.ui.Label(text=said.what_is_wrong, component=field)


def _source_field(delivered: Delivered, said: Words) -> discord.ui.Label[discord.ui.Modal]:
    options = [
        discord.SelectOption(label=_option(citation, said), value=str(citation.marker))
        for citation in delivered.answer.citations[:_OPTIONS]
    ]
    select = discord.ui.Select[discord.ui.Modal](custom_id="source", options=options)
    return discord.ui.Label(text=said.which_source, component=select)


def _option(citation: Citation, said: Words) -> str:
    """Plain text: nothing in a select is Markdown."""
    title = " ".join(citation.title.split()) or said.untitled
    label = f"[{citation.marker}] {title}"
    return label if len(label) <= _OPTION_LIMIT else f"{label[: _OPTION_LIMIT - 1]}…"
