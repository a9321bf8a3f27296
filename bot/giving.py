"""From a question somebody asked in Discord to its answer there; the same for every way to ask."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.answering.answer import Answer
from bot.answering.conversation import Turn, leaned_on
from bot.answering.invisible import visible
from bot.answering.question import MAX_CHARACTERS, read_question
from bot.clicks import answer_view
from bot.delivery import Outlet, noting_undelivered
from bot.errors import BotError, QuestionError
from bot.escaping import escape, quiet
from bot.records import Delivered
from bot.rendering import Reply, render
from bot.splitting import CONTENT_LIMIT, shorten
from bot.texts import Words
from bot.workers import Result
from vectorstore import Period, Scope
from vectorstore.errors import CatalogError

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)

# [resources/channel, Start Thread from Message]
_THREAD_NAME = 100
_MOST_NAMED = 10


class NotHere(BotError):
    """The server wants questions answered in other channels."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and who asked it how."""

    text: str
    guild: int | None
    """None in a direct message."""
    asker: int
    locale: str
    """Of the fixed words, where the question's own language has none."""
    private: bool = False
    """The asker alone sees the answer: the outlet was opened so."""
    threaded: bool = False
    """The answer goes into a thread of its own, where there can be one."""
    period: Period | None = None
    article: str | None = None
    """The id of the only article that may answer."""
    leans_on: Delivered | None = None
    """The answer before it, in the same server; the question may need it to be understood."""


async def give(bot: "Newsdesk", asked: Asked, outlet: Outlet) -> None:
    """Answer a question, or tell what is wrong; what can't be delivered is logged.

    Raises:
        Busy: nothing more is accepted now.
    """
    said = bot.said(asked.guild, asked.locale)
    with bot.metrics.refusals(), bot.questions.place(bot.refusal(said)):
        if asked.threaded:
            outlet = await outlet.in_thread(_name(asked.text), f"**{escape(asked.text)}**")
        async with telling(bot, outlet, said):
            with bot.metrics.question() as came_to:
                await outlet.begin()
                asked, conversation = await bot.lookups.run(partial(_continued, bot, asked))
                answer = await _written(bot, asked, conversation, outlet)
                with bot.metrics.timed("deliver"):
                    await _delivered(bot, asked, answer, outlet)
                came_to(answer.status)
            told = {"outcome": answer.status, "mode": answer.mode, "seconds": answer.seconds}
            log.info("A question was answered.", extra=told)


def refuse_elsewhere(bot: "Newsdesk", guild: int | None, channel: object, said: Words) -> None:
    """Raises ``NotHere`` where the server does not want questions answered."""
    settings = bot.server_settings(guild)
    places = {*settings.answer_channels, *settings.question_channels}
    if settings.answer_channels and not place_ids(channel) & places:
        named = " ".join(f"<#{place}>" for place in settings.answer_channels[:_MOST_NAMED])
        raise NotHere(said.not_here.format(channels=named))


def question_in(text: str, said: Words, nothing: str) -> str:
    """The text on one line.

    Raises:
        QuestionError: it says nothing, which is told by the sentence ``nothing``, or too much.
    """
    text = " ".join(text.split())
    if not any(character.isalpha() for character in text):
        raise QuestionError(nothing)
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(said.text_too_long.format(most=MAX_CHARACTERS))
    return text


def place_ids(channel: object) -> set[int]:
    """A channel's id, and of a thread also its channel's."""
    found = (getattr(channel, "id", None), getattr(channel, "parent_id", None))
    return {one for one in found if one is not None}


@asynccontextmanager
async def telling(bot: "Newsdesk", outlet: Outlet, said: Words) -> AsyncIterator[None]:
    """Whatever goes wrong in the block is told there, or only logged where that can't be."""
    with noting_undelivered(outlet.channel):
        try:
            yield
        except (discord.HTTPException, aiohttp.ClientError):
            raise
        except Exception as error:
            await outlet.finish([Reply(bot.sentence(error, said))])


def _continued(bot: "Newsdesk", asked: Asked) -> tuple[Asked, Sequence[Turn]]:
    """What was asked, and the conversation before it; blocking.

    A question that can't be understood without the one before it is also asked of the same
    articles, unless it names others.
    """
    turns = bot.records.turns(asked.leans_on)
    if asked.leans_on and leaned_on(read_question(asked.text), turns):
        before = asked.leans_on.scope
        asked = replace(
            asked,
            period=asked.period or before.period,
            article=asked.article or before.article,
        )
    return asked, turns


async def _written(
    bot: "Newsdesk", asked: Asked, conversation: Sequence[Turn], outlet: Outlet
) -> Answer:
    async def show(text: str) -> None:
        await outlet.show(shorten(quiet(text), CONTENT_LIMIT))

    async with bot.streams.shown(outlet.channel, show) as on_text:
        return await bot.answer(
            asked.text,
            asked.guild,
            conversation=conversation,
            period=asked.period,
            article=asked.article,
            on_text=on_text,
        )


async def _delivered(bot: "Newsdesk", asked: Asked, answer: Answer, outlet: Outlet) -> None:
    """Note it, so that its buttons can name it; send it; note as what it was sent."""
    leans_on = asked.leans_on.id if asked.leans_on else None
    remember = partial(
        bot.records.remember,
        answer,
        guild=asked.guild,
        channel=outlet.channel,
        asker=asked.asker,
        private=asked.private,
        leans_on=leans_on,
        scope=Scope(asked.period, asked.article),
    )
    said = bot.said(asked.guild, answer.language, asked.locale)
    view = None
    answer_id = await _noted(bot, remember)
    if answer_id is not None:
        view = answer_view(answer, answer_id, said, moderated=_moderated(bot, asked.guild))
    sent = await outlet.finish(render(answer, said, embeds=outlet.embeds, view=view))
    if answer_id is not None:
        await _noted(bot, partial(bot.records.sent, answer_id, outlet.channel, sent))


async def _noted(bot: "Newsdesk", note: Callable[[], Result]) -> Result | None:
    """What noting gives. A full disk costs an answer its buttons; whoever asked still gets it."""
    try:
        return await bot.lookups.run(note)
    except CatalogError:
        log.exception("An answer can't be noted.")
        return None


def _moderated(bot: "Newsdesk", guild: int | None) -> bool:
    """Whether the server has a channel for its moderators."""
    return bot.server_settings(guild).moderators_channel is not None


def _name(question: str) -> str:
    """The question as the name of its thread: plain text, which pings nobody."""
    name = visible(" ".join(question.split()))
    return name if len(name) <= _THREAD_NAME else name[: _THREAD_NAME - 1].rstrip() + "…"
