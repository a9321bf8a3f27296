"""A person at the page, with keyboard and mouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from playwright.async_api import Locator, Page, expect

#: The model is loaded first; on a busy machine that takes a while.
_READY_MS = 600_000
_ANSWER_MS = 60_000


class Visitor:
    """What a person does on `page` and sees there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.text = page.get_by_role("combobox", name="Message")
        self.messages = page.get_by_role("log").locator(".message")
        self.picker = page.get_by_role("listbox", name="Suggestions")
        self.status = page.get_by_role("status")
        self.dialog = page.get_by_role("dialog")

    async def arrive(self, address: str) -> None:
        """Wait until the bot is there."""
        await self.page.goto(address)
        await expect(self.page.get_by_role("heading", name="Newsroom")).to_be_visible()
        await expect(self.status).to_be_empty(timeout=_READY_MS)

    async def enter(self, channel: str) -> None:
        button = self.page.locator("#channels").get_by_role("button", name=channel)
        await button.click()
        await expect(button).to_have_attribute("aria-current", "page")

    async def be(self, name: str) -> None:
        """Robin, who is a moderator, or Kim."""
        listed = self.page.locator("#who")
        value = await listed.locator("option", has_text=name).get_attribute("value")
        await listed.select_option(value)
        await expect(self.page.get_by_role("form", name=f"You are {name}")).to_be_visible()

    async def say(self, content: str) -> Locator:
        """Write in the channel and send it; the bot's reply, when it is whole."""
        before = await self.messages.count()
        await self.text.fill(content)
        await self.text.press("Enter")
        return await self.answer(before + 2)

    async def command(
        self, name: str, options: Mapping[str, str | Path], picked: Iterable[str] = ()
    ) -> None:
        """Type it, choose it from the list, fill its options in and send it.

        For those in `picked` the first suggestion is taken.
        """
        await self.text.fill("/" + name)
        await self.page.keyboard.press("Enter")
        for option, value in options.items():
            await self._fill(option, value)
            if option in picked:
                await expect(self.picker.get_by_role("option").first).to_be_visible()
                await self.page.keyboard.press("Enter")
        await self.page.get_by_role("button", name="Send", exact=True).click()

    async def ask(self, question: str) -> Locator:
        before = await self.messages.count()
        await self.command("ask", {"question": question})
        return await self.answer(before + 1)

    async def answer(self, count: int) -> Locator:
        """The last of so many messages, once the bot no longer thinks."""
        await expect(self.messages).to_have_count(count, timeout=_ANSWER_MS)
        last = self.messages.nth(count - 1)
        await expect(last.locator(".thinking")).to_have_count(0, timeout=_ANSWER_MS)
        return last

    async def click(self, message: Locator, label: str) -> None:
        await message.get_by_role("button", name=label).click()

    async def choose(self, message: Locator, command: str) -> None:
        """A command of the message's menu."""
        await message.hover()
        await message.get_by_role("button", name="Apps").click()
        await self.page.get_by_role("menuitem", name=command).click()

    async def submit(self, *values: str) -> None:
        """The form that the bot opened, field by field."""
        await expect(self.dialog).to_be_visible()
        fields = self.dialog.locator("input, textarea, select")
        for place, value in enumerate(values):
            await fields.nth(place).fill(value)
        await self.dialog.get_by_role("button", name="Submit").click()
        await expect(self.dialog).to_be_hidden()

    async def _fill(self, option: str, value: str | Path) -> None:
        field = self.page.locator(f"#command input[name={option}]")
        if not await field.count():
            await self.page.get_by_role("button", name=f"+ {option}", exact=True).click()
        if isinstance(value, Path):
            await field.set_input_files(value)
        else:
            await field.fill(value)
