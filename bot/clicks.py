"""A click on a button of an answer, or the modal that it opened; what was clicked is looked up anew
each time, so that a restart changes nothing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import discord

from bot.answering.answer import Answer
from bot.errors import BotError
from bot.records import Delivered
from bot.rendering import Reply, listing
from bot.texts import Words

if TYPE_CHECKING:
    from bot.client import Newsdesk

# Discord's ids of components and modals: at most 100 characters [components/reference].
CUSTOM_ID = re.compile(r"nd:(?P<action>[a-z_]+):(?P<answer>\d{1,18})(?::(?P<page>\d{1,4}))?")

Result = TypeVar("Result")


class AnswerGone(BotError):
    """The answer is not stored, or this user has never seen it there."""


def custom_id(action: str, answer_id: int, page: int | None = None) -> str:
    return f"nd:{action}:{answer_id}" + ("" if page is None else f":{page}")


class AnswerButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=CUSTOM_ID):
    """A button that names its action, the answer and perhaps a page, and nothing else."""

    def __init__(
        self,
        action: str,
        answer_id: int,
        page: int | None = None,
        *,
        label: str | None = None,
        emoji: str | None = None,
        row: int | None = None,
    ) -> None:
        self.action = action
        self.answer_id = answer_id
        self.page = page
        named = custom_id(action, answer_id, page)
        # Discord refuses a button that shows nothing; one that was clicked is not sent again.
        button: discord.ui.Button[discord.ui.View]
        button = discord.ui.Button(label=label or action, emoji=emoji, custom_id=named, row=row)
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /
    ) -> "AnswerButton":
        page = match["page"]
        return cls(match["action"], int(match["answer"]), None if page is None else int(page))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        click = Click(interaction, self.action, self.answer_id, self.page)
        interaction.client.dispatch("answer_click", click)


def answer_view(answer: Answer, answer_id: int, said: Words, *, moderated: bool) -> discord.ui.View:
    """The buttons of an answer; ``moderated``: the server has a channel for its moderators."""
    view = discord.ui.View(timeout=None)
    asked = [("sources", said.sources)] if answer.citations else []
    asked += [("more", said.show_more)] if answer.citations or answer.nearest else []
    asked += [("follow_up", said.follow_up)]
    if moderated and answer.status == "not_in_articles":
        asked += [("notice", said.tell_moderators)]
    for action, label in asked:
        view.add_item(AnswerButton(action, answer_id, label=label, row=0))
    view.add_item(AnswerButton("helpful", answer_id, label=said.helpful, emoji="👍", row=1))
    view.add_item(AnswerButton("not_helpful", answer_id, label=said.not_helpful, emoji="👎", row=1))
    if answer.citations:
        view.add_item(AnswerButton("wrong_source", answer_id, label=said.wrong_source, row=1))
    return view


@dataclass(frozen=True, slots=True)
class Click:
    """Who clicked what; ``interaction`` is not acknowledged yet."""

    interaction: discord.Interaction["Newsdesk"]
    action: str
    answer_id: int
    page: int | None = None
    """Of the message that was clicked, where that is one of several pages."""

    @property
    def said(self) -> Words:
        interaction = self.interaction
        return interaction.client.said(interaction.guild_id, interaction.locale.value)

    async def acknowledge(self) -> None:
        """Discord waits 3 seconds for this. Turning a page changes the message that has it; all
        else is for the clicker alone."""
        if self.page is None:
            await self.interaction.response.defer(ephemeral=True, thinking=True)
        else:
            await self.interaction.response.defer()

    async def answer(self) -> Delivered:
        """What was clicked.

        Raises:
            AnswerGone: it is forgotten, or it is not the clicker's to see. A custom id can be sent
                by any client, from any server.
            Busy: the bot is being stopped.
        """
        client = self.interaction.client
        found = await self.look_up(partial(client.records.by_id, self.answer_id))
        if found is None or not self._may_see(found):
            raise AnswerGone(self.said.answer_gone)
        return found

    async def look_up(self, work: Callable[[], Result]) -> Result:
        """What takes milliseconds, in a thread; raises ``Busy`` when the bot is being stopped."""
        return await self.interaction.client.look_up(work, self.said)

    async def show(self, blocks: Sequence[str]) -> None:
        """A page of these for the clicker alone, with buttons for those beside it."""
        embeds = self.interaction.app_permissions.embed_links
        reply, count = listing(blocks, self.said, embeds=embeds, page=self.page or 0)
        # There may be fewer than when the button was made.
        page = min(self.page or 0, count - 1)
        view = discord.ui.View(timeout=None)
        for label, number in (
            (self.said.previous_page, page - 1),
            (self.said.next_page, page + 1),
        ):
            if 0 <= number < count:
                view.add_item(AnswerButton(self.action, self.answer_id, number, label=label))
        await self.send(reply, view)

    async def tell(self, sentence: str) -> None:
        """A sentence for the clicker alone."""
        await self.send(Reply(sentence))

    async def send(self, reply: Reply, view: discord.ui.View | None = None) -> None:
        await self.interaction.edit_original_response(
            content=reply.content, embeds=reply.embeds, view=view
        )

    def _may_see(self, answer: Delivered) -> bool:
        place, user = self.interaction.channel_id, self.interaction.user.id
        if answer.guild != self.interaction.guild_id:
            return False
        # Not yet noted where it was sent: it was this moment.
        if answer.messages and answer.channel != place:
            return False
        return answer.asker == user or not (answer.private or answer.guild is None)
