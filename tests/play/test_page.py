"""The page in a real browser, with the real bot behind it."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from play.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")

QUESTION = "Who attended the talks in Saudi Arabia?"
ANSWER = "were attended by Secretary of State Marco Rubio"


async def test_a_slash_command_is_picked_filled_in_and_answered(visitor: Visitor) -> None:
    await visitor.text.fill("/as")
    option = visitor.picker.get_by_role("option").first
    await expect(option).to_contain_text("/ask")
    await expect(option).to_have_attribute("aria-selected", "true")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.keyboard.type(QUESTION)
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.messages.last).to_contain_text("Robin used /ask")
    answer = await visitor.answer(await visitor.messages.count())
    await expect(answer).to_contain_text(ANSWER)
    await expect(answer.locator("blockquote, .embed").first).to_be_visible()
    await expect(visitor.text).to_be_focused()


async def test_arrows_move_in_the_list_and_escape_closes_it(visitor: Visitor) -> None:
    await visitor.text.fill("/")
    options = visitor.picker.get_by_role("option")
    await visitor.page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await visitor.page.keyboard.press("ArrowUp")
    await visitor.page.keyboard.press("ArrowUp")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.picker).to_be_hidden()
    await visitor.text.fill("/ask ")
    field = visitor.page.get_by_role("textbox", name="question")
    await expect(field).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(field).to_be_hidden()
    await expect(visitor.text).to_be_focused()


async def test_a_button_is_clicked_and_what_only_the_person_sees_is_dismissed(
    visitor: Visitor,
) -> None:
    answer = await visitor.ask(QUESTION)
    before = await visitor.messages.count()
    await answer.locator("button.button").first.click()
    shown = await visitor.answer(before + 1)
    await expect(shown).to_contain_text("Only you can see this")
    await visitor.click(shown, "Dismiss message")
    await expect(visitor.messages).to_have_count(before)


async def test_a_form_is_filled_in(visitor: Visitor) -> None:
    answer = await visitor.ask(QUESTION)
    before = await visitor.messages.count()
    await visitor.click(answer, "Ask a follow-up")
    await expect(visitor.dialog).to_be_visible()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.dialog).to_be_hidden()
    await visitor.click(answer, "Ask a follow-up")
    await visitor.submit("Where was that?")
    followed = await visitor.answer(before + 1)
    await expect(followed).to_contain_text("Saudi Arabia")


async def test_a_message_has_commands_of_its_own(visitor: Visitor) -> None:
    question = await visitor.say("@Newsdesk " + QUESTION)
    asked = visitor.messages.nth(await visitor.messages.count() - 2)
    await expect(question).to_contain_text(ANSWER)
    before = await visitor.messages.count()
    await visitor.choose(asked, "Ask about this message")
    answer = await visitor.answer(before + 1)
    await expect(answer).to_contain_text("Robin used Ask about this message")
    await expect(answer).to_contain_text(ANSWER)


async def test_titles_are_suggested_while_the_person_types(visitor: Visitor) -> None:
    before = await visitor.messages.count()
    options = {"question": "Who was there?", "article": "rebuild ties"}
    await visitor.command("ask", options, picked=["article"])
    answer = await visitor.answer(before + 1)
    await expect(answer).to_contain_text("US and Russia agree to rebuild ties")


async def test_a_mention_is_answered_with_a_reply(visitor: Visitor) -> None:
    await visitor.text.fill("@New")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.text).to_have_value("@Newsdesk ")
    reply = await visitor.say("@Newsdesk " + QUESTION)
    await expect(reply).to_contain_text("@Robin")
    await expect(reply).to_contain_text(ANSWER)


async def test_every_message_is_a_question_in_the_channel_for_them(visitor: Visitor) -> None:
    await visitor.enter("questions")
    reply = await visitor.say(QUESTION)
    await expect(reply).to_contain_text(ANSWER)


async def test_hostile_text_is_shown_as_text(visitor: Visitor) -> None:
    question = 'What took <img src=x onerror="window.hacked=1"> Zennor pier on Friday?'
    answer = await visitor.ask(question)
    await expect(answer).to_contain_text("<script>window.hacked = 1</script>")
    await expect(answer).to_contain_text('Gulls <img src=x onerror="window.hacked=1"> take')
    await expect(answer).to_contain_text("*nobody*")
    said = '<b onclick="x">bold</b> **<i>it</i>** [x](javascript:alert(1)) `<u>`'
    reply = await visitor.say(f"@Newsdesk {said}")
    assert reply
    message = visitor.messages.nth(await visitor.messages.count() - 2)
    await expect(message).to_contain_text('<b onclick="x">bold</b> <i>it</i> [x](javascript:alert')
    log = visitor.page.get_by_role("log")
    await expect(log.locator("img, script, b[onclick], a[href^=javascript]")).to_have_count(0)
    assert await visitor.page.evaluate("window.hacked") is None


async def test_an_article_is_attached_to_a_command(visitor: Visitor, tmp_path: Path) -> None:
    article = tmp_path / "ferry.md"
    article.write_text("# Ferry strike ends\n\nThe ferry strike on Ormsay ended on Monday.\n")
    before = await visitor.messages.count()
    await visitor.command("ingest", {"attachment": article})
    report = await visitor.answer(before + 1)
    await expect(report).to_contain_text("Ferry strike ends", timeout=60_000)


async def test_a_member_is_offered_less_than_a_moderator(visitor: Visitor) -> None:
    await visitor.text.fill("/ingest")
    await expect(visitor.picker).to_contain_text("/ingest")
    await visitor.be("Kim")
    await visitor.text.fill("/ask")
    await expect(visitor.picker).to_contain_text("/ask")
    await visitor.text.fill("/ingest")
    await expect(visitor.picker).to_be_hidden()
