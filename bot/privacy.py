"""``/newsdesk privacy``: what is kept about a member, exporting it, and deleting it."""

import gzip
import io
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import discord

from bot.delivery import acknowledge
from bot.escaping import escape
from bot.records import Delivered
from bot.texts import Words
from vectorstore.database import stamp
from vectorstore.feeds import Feeds

if TYPE_CHECKING:
    from bot.client import Newsdesk

# Discord takes files of 10 MiB [reference, Uploading Files].
_PLAIN_BYTES = 8 << 20

_Interaction = discord.Interaction["Newsdesk"]


async def show(interaction: _Interaction, said: Words) -> None:
    """How much is kept, with buttons; the interaction is acknowledged."""
    bot = interaction.client
    counts = await bot.look_up(partial(_counted, bot, interaction.user.id), said)
    parts = [said.newsdesk.privacy.format(**counts, days=bot.settings.answer_days).strip()]
    if counts["feeds"]:
        parts.append(said.newsdesk.privacy_feeds.format(feeds=counts["feeds"]))
    if model := bot.settings.chat_model:
        parts.append(said.newsdesk.privacy_model.format(model=escape(model)))
    view = _buttons(("export", said.newsdesk.export), ("delete", said.newsdesk.delete))
    await interaction.edit_original_response(content="\n".join(parts), view=view)


async def clicked(interaction: _Interaction, action: str, said: Words) -> None:
    """A button of that message, or of the question whether to delete; not acknowledged yet.

    They are all about whoever clicks.
    """
    if action == "export":
        await _export(interaction, said)
        return
    await interaction.response.defer()
    bot, member = interaction.client, interaction.user.id
    if action == "delete":
        counts = await bot.look_up(partial(_counted, bot, member), said)
        view = _buttons(
            ("confirmed", said.newsdesk.confirm_delete), ("keep", said.newsdesk.confirm_keep)
        )
        text = said.newsdesk.confirm.format(**counts)
        await interaction.edit_original_response(content=text, view=view)
    elif action == "confirmed":
        await bot.look_up(partial(_forget, bot, member), said)
        await interaction.edit_original_response(content=said.newsdesk.deleted, view=None)
    else:
        await interaction.edit_original_response(content=said.newsdesk.kept, view=None)


async def _export(interaction: _Interaction, said: Words) -> None:
    await acknowledge(interaction, private=True)
    bot = interaction.client
    read = partial(exported, bot, interaction.user.id, interaction.guild_id)
    data = await bot.look_up(read, said)
    text = said.newsdesk.exported
    if any("answer" not in question for question in data["questions"]):
        text += " " + said.newsdesk.exported_here
    written = json.dumps(data, ensure_ascii=False, indent=1).encode()
    name = "newsdesk.json"
    if len(written) > _PLAIN_BYTES:
        written, name = gzip.compress(written), "newsdesk.json.gz"
    file = discord.File(io.BytesIO(written), name)
    await interaction.edit_original_response(content=text, attachments=[file])


def exported(bot: "Newsdesk", member: int, guild: int | None) -> dict[str, Any]:
    """All that is kept about a member; blocking.

    An answer quotes the articles of its server, so it is in it only if that is where the member is.
    """
    return {
        "member": str(member),
        "exported_at": stamp(),
        "questions": [_question(one, guild) for one in bot.records.of_asker(member)],
        "verdicts": [
            {
                "verdict": one.verdict,
                "reason": one.reason,
                "given_at": one.given_at.isoformat(),
            }
            for one in bot.records.feedback_of(member)
        ],
        "feeds": [feed.url for feed in _feeds(bot).added_by(str(member))],
    }


def _question(delivered: Delivered, guild: int | None) -> dict[str, Any]:
    # Discord's ids as text: JavaScript's numbers can't hold them.
    found: dict[str, Any] = {
        "question": delivered.answer.question,
        "asked_at": delivered.given_at.isoformat(),
        "server": str(delivered.guild) if delivered.guild else None,
        "channel": str(delivered.channel),
        "messages": [str(message) for message in delivered.messages],
        "private": delivered.private,
    }
    if delivered.guild in (None, guild):
        found["answer"] = delivered.answer.text
        found["quotes"] = [
            {"title": one.title, "source": one.source, "quote": one.quote}
            for one in delivered.answer.citations
        ]
    return found


def _counted(bot: "Newsdesk", member: int) -> dict[str, int]:
    return {
        "answers": len(bot.records.of_asker(member)),
        "verdicts": len(bot.records.feedback_of(member)),
        "feeds": len(_feeds(bot).added_by(str(member))),
    }


def _forget(bot: "Newsdesk", member: int) -> None:
    bot.records.forget_member(member)
    _feeds(bot).forget_member(str(member))


def _feeds(bot: "Newsdesk") -> Feeds:
    return Feeds(bot.store.catalog.database)


def _buttons(*labels: tuple[str, str]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for action, label in labels:
        named = f"newsdesk:privacy:{action}"
        style = discord.ButtonStyle.danger if action == "confirmed" else discord.ButtonStyle.gray
        view.add_item(discord.ui.Button(label=label, custom_id=named, style=style))
    # A stopped view is not kept in memory: the cog is told of clicks anyway.
    view.stop()
    return view
