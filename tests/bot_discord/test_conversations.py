"""Follow-ups: what was asked before is carried, also after a restart, and nowhere else."""

from dataclasses import replace

from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, User
from tests.bot_discord.conftest import Run, Told, noted
from tests.bot_discord.examples import answer
from vectorstore import SHARED, Vectorstore, read_period


async def test_a_reply_carries_what_led_to_the_answer(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run() as client:
        first = await server.user_says(channel, alice, "Who came?", mentions=[server.bot])
        reply = await noted(client, await server.wait_for_reply(first))
        second = await server.user_says(channel, alice, "And when?", reply_to=reply)
        reply = await noted(client, await server.wait_for_reply(second))
        third = await server.user_says(channel, alice, "Why?", reply_to=reply)
        await server.wait_for_reply(third)
        alone = await server.user_says(channel, alice, "Why?", mentions=[server.bot])
        await server.wait_for_reply(alone)
    assert told.conversations == [[], ["Who came?"], ["Who came?", "And when?"], []]


async def test_a_reply_to_any_part_of_the_answer_of_a_command(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = answer(text="word " * 700)
    async with run() as client:
        asked = await server.user_command(channel, alice, "ask", {"question": "Who came?"})
        last = await noted(client, await asked.wait_for_followup())
        response = await asked.wait_for_response()
        for part in (response, last):
            reply = await server.user_says(channel, alice, "And when?", reply_to=part)
            await server.wait_for_reply(reply)
    assert told.conversations == [[], ["Who came?"], ["Who came?"]]


async def test_a_reply_to_somebody_else_carries_nothing(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        said = await server.user_says(channel, alice, "Who came?")
        question = await server.user_says(
            channel, alice, "When?", reply_to=said, mentions=[server.bot]
        )
        await server.wait_for_reply(question)
    assert told.conversations == [[]]


async def test_a_mention_in_a_thread_leans_on_the_last_answer_there(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    thread, other = (server.add_thread(channel, name, alice) for name in ("One", "Two"))
    async with run() as client:
        first = await server.user_says(thread, alice, "Who came?", mentions=[server.bot])
        await noted(client, await server.wait_for_reply(first))
        second = await server.user_says(thread, alice, "And when?", mentions=[server.bot])
        await noted(client, await server.wait_for_reply(second))
        asked = await server.user_command(thread, alice, "ask", {"question": "Why?"})
        await asked.wait_for_response()
        apart = await server.user_says(other, alice, "Where?", mentions=[server.bot])
        await server.wait_for_reply(apart)
    assert told.conversations == [[], ["Who came?"], ["Who came?", "And when?"], []]


async def test_what_one_alone_saw_is_carried_for_nobody(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    thread = server.add_thread(channel, "One", alice)
    async with run() as client:
        options = {"question": "Who came?", "private": True}
        asked = await server.user_command(thread, alice, "ask", options)
        await noted(client, await asked.wait_for_response())
        question = await server.user_says(thread, alice, "And when?", mentions=[server.bot])
        await server.wait_for_reply(question)
    assert asked.ephemeral
    assert told.conversations == [[], []]


async def test_a_follow_up_is_understood_after_a_restart(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run() as client:
        first = await server.user_says(channel, alice, "Who came?", mentions=[server.bot])
        reply = await noted(client, await server.wait_for_reply(first))
    async with run():
        second = await server.user_says(channel, alice, "And when?", reply_to=reply)
        await server.wait_for_reply(second)
    assert told.conversations == [[], ["Who came?"]]


async def test_an_answer_of_another_server_is_never_carried(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run() as client:
        first = await server.user_says(channel, alice, "Who came?", mentions=[server.bot])
        reply = await noted(client, await server.wait_for_reply(first))
        delivered = client.records.by_message(channel.id, reply.id)
        assert delivered is not None
        # As if an id had come to be another server's.
        elsewhere = client.records.remember(
            replace(delivered.answer, question="A secret?"),
            guild=1,
            channel=channel.id,
            messages=[reply.id],
            asker=alice.id,
        )
        assert elsewhere
        second = await server.user_says(channel, alice, "And when?", reply_to=reply)
        await server.wait_for_reply(second)
    assert told.conversations == [[], []]


async def test_a_follow_up_is_asked_of_the_same_articles_unless_it_names_others(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    for title in ("Bridge", "Ferry"):
        report = Ingestion(store, IngestSettings(_env_file=None)).add_text(
            title, f"The {title}.", SHARED
        )
        assert report.outcome == "added"
    ids = {one.title: one.id for one in store.catalog.articles([SHARED])}
    thread = server.add_thread(channel, "One", alice)
    first = {"question": "Who came?", "since": "2025-02", "article": "Bridge"}
    async with run() as client:
        asked = await server.user_command(thread, alice, "ask", first)
        answered = await noted(client, await asked.wait_for_response())
        reply = await server.user_says(thread, alice, "And when?", reply_to=answered)
        await noted(client, await server.wait_for_reply(reply))
        click = await server.user_clicks(answered, "Ask a follow-up")
        await click.wait_for_modal()
        sent = await server.user_submits_modal(click, {"Your question": "And who else?"})
        await noted(client, await sent.wait_for_response())
        for options in (
            {"question": "And where?", "article": "Ferry"},
            {"question": "And why?"},
            {"question": "When did the tunnel in Ormsay open?"},
        ):
            asked = await server.user_command(thread, alice, "ask", options)
            await noted(client, await asked.wait_for_response())
    february = read_period("2025-02", None)
    assert february
    days = [period.days if period else None for period in told.periods]
    assert days == [*[february.days] * 5, None]
    assert told.articles == [*[ids["Bridge"]] * 3, *[ids["Ferry"]] * 2, None]
