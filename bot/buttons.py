"""The buttons of an answer: its sources in context, more passages, a follow-up, and a verdict.

Nothing of them is kept in memory: the ids of buttons and modals say what they are about, and the
rest is looked up at the click.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot import feedback
from bot.answering.conversation import carried, leaned_on
from bot.answering.extractive import cite_nearest
from bot.answering.question import read_question
from bot.answering.selection import OFF_SUBJECT
from bot.citing import cited
from bot.clicks import CUSTOM_ID, AnswerButton, AnswerGone, Click, custom_id
from bot.delivery import Response, acknowledge
from bot.escaping import escape
from bot.giving import Asked, give, refuse_elsewhere
from bot.modals import entered, modal
from bot.passages import in_context
from bot.records import Delivered
from bot.rendering import Reply
from bot.splitting import CONTENT_LIMIT, pages
from bot.texts import Words
from bot.titles import visible_audiences
from vectorstore import SHARED

if TYPE_CHECKING:
    from bot.client import Newsdesk

# More than the passages of an answer, few enough to be near the question.
_SEARCHED = 20
_SHOWN = 9
# [components/reference, Text Input], and what a question may have.
_QUESTION_LIMIT = 500


class Buttons(commands.Cog):
    """What clicks and their modals do."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        bot.add_dynamic_items(AnswerButton)

    @commands.Cog.listener()
    async def on_answer_click(self, click: Click) -> None:
        """Do what a button says; whatever fails is told to the clicker."""
        if action := _CLICKED.get(click.action):
            await self._told(click, action)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction["Newsdesk"]) -> None:
        """Modals come here: discord.py knows only those that this process has opened."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: Any = interaction.data
        named = CUSTOM_ID.fullmatch(data["custom_id"])
        if named and (action := _SUBMITTED.get(named["action"])):
            click = Click(interaction, named["action"], int(named["answer"]))
            await self._told(click, partial(action, entered=entered(data["components"])))

    async def _told(self, click: Click, action: Callable[[Click], Awaitable[None]]) -> None:
        try:
            await action(click)
        except Exception as error:
            await self._bot.tell(click.interaction, error)


async def _sources(click: Click) -> None:
    """Each cited passage between its neighbours, as the articles are now."""
    await click.acknowledge()
    delivered = await click.answer()
    if not delivered.answer.citations:
        # It has no such button; but any client can send its id.
        raise AnswerGone(click.said.answer_gone)
    catalog = click.interaction.client.store.catalog
    audiences = visible_audiences(delivered.guild)
    read = partial(in_context, catalog, delivered.answer.citations, audiences, click.said)
    await click.show(await click.look_up(read))


async def _more(click: Click) -> None:
    """Passages near the question that the answer did not show."""
    await click.acknowledge()
    delivered = await click.answer()
    client = click.interaction.client
    with client.questions.place(client.refusal(click.said)):
        found = await client.questions.run(partial(_further, client, delivered, click.said))
    if found:
        await click.show(found)
    else:
        await click.tell(click.said.nothing_more)


def _further(client: "Newsdesk", delivered: Delivered, said: Words) -> Sequence[str]:
    """Runs in a worker's thread."""
    answer = delivered.answer
    asked = read_question(answer.question)
    before = client.records.by_id(delivered.leans_on) if delivered.leans_on else None
    if turns := leaned_on(asked, client.records.turns(before)):
        asked = carried(asked, turns)
    audience = visible_audiences(delivered.guild)[-1] if delivered.guild else SHARED
    retriever = client.store.retriever.for_audience(audience, delivered.scope)
    shown = {citation.passage_id for citation in (*answer.citations, *answer.nearest)}
    documents = [
        document
        for document in retriever.search(asked.text, _SEARCHED)
        if int(document.metadata["passage_id"]) not in shown
        and float(document.metadata["score"]) >= OFF_SUBJECT
    ]
    return [cited(citation, said, opening=True) for citation in cite_nearest(documents, _SHOWN)]


async def _follow_up(click: Click) -> None:
    said = click.said
    form = modal(said.follow_up, custom_id("ask", click.answer_id))
    form.add_item(
        discord.ui.Label(
            text=said.your_question,
            component=discord.ui.TextInput[discord.ui.Modal](
                custom_id="question", max_length=_QUESTION_LIMIT
            ),
        )
    )
    await click.interaction.response.send_modal(form)


async def _ask(click: Click, entered: dict[str, str]) -> None:
    """A follow-up: for all to see where its answer is, with the question, which nobody else saw."""
    interaction = click.interaction
    client, guild = interaction.client, interaction.guild_id
    # Before the acknowledgement: after it, the sentence would be there for all to see.
    refuse_elsewhere(client, guild, interaction.channel, click.said)
    client.admit(guild, interaction.user.id, click.said)
    private = interaction.message is not None and interaction.message.flags.ephemeral
    await acknowledge(interaction, private=private)
    question = entered["question"]
    asked = Asked(
        question,
        guild,
        asker=interaction.user.id,
        locale=interaction.locale.value,
        private=private,
        leans_on=await click.answer(),
    )
    await give(client, asked, _UnderQuestion(interaction, question))


class _UnderQuestion(Response):
    """A response that begins with what was typed into the modal."""

    def __init__(self, interaction: discord.Interaction[Any], question: str) -> None:
        super().__init__(interaction)
        self._head = f"> {escape(' '.join(question.split()))}"

    async def show(self, text: str) -> None:
        await super().show(pages([self._head, text], "\n\n", CONTENT_LIMIT)[-1])

    async def finish(self, replies: list[Reply]) -> list[int]:
        first = replies[0]
        texts = pages(filter(None, [self._head, first.content]), "\n\n", CONTENT_LIMIT)
        above = [Reply(text) for text in texts[:-1]]
        return await super().finish([*above, replace(first, content=texts[-1]), *replies[1:]])


_CLICKED: dict[str, Callable[[Click], Awaitable[None]]] = {
    "sources": _sources,
    "more": _more,
    "follow_up": _follow_up,
    "notice": feedback.notice,
    "helpful": feedback.helpful,
    "not_helpful": feedback.not_helpful,
    "wrong_source": feedback.wrong_source,
}
_SUBMITTED: dict[str, Callable[..., Awaitable[None]]] = {
    "ask": _ask,
    "reason": feedback.reason,
    "source": feedback.source,
}
