"""Commands that Discord refuses."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.stand_in.bots import Json, Scene
from tests.stand_in.payloads import paths


def _command(**parts: Any) -> Json:
    return {"name": "ask", "description": "x"} | parts


def _option(**parts: Any) -> Json:
    return {"type": 3, "name": "text", "description": "x"} | parts


_CHOICE = {"name": "x", "value": "x"}
COMMAND_LIMITS: dict[str, tuple[Json, str]] = {
    "upper case": (_command(name="Ask"), "0.name"),
    "a space": (_command(name="ask me"), "0.name"),
    "32 characters": (_command(name="x" * 33), "0.name"),
    "translated name": (_command(name_localizations={"fr": "De Mander"}), "0.name_localizations"),
    "no description": (_command(description=""), "0.description"),
    "description": (_command(description="x" * 101), "0.description"),
    "25 options": (
        _command(options=[_option(name=f"o{n}") for n in range(26)]),
        "0.options",
    ),
    "25 choices": (_command(options=[_option(choices=[_CHOICE] * 26)]), "0.options.0.choices"),
    "choice name": (
        _command(options=[_option(choices=[{"name": "x" * 101, "value": "x"}])]),
        "0.options.0.choices.0.name",
    ),
    "required after optional": (
        _command(options=[_option(), _option(name="b", required=True)]),
        "0.options.1",
    ),
    "same option name": (_command(options=[_option(), _option()]), "0.options.1.name"),
    "choices and autocomplete": (
        _command(options=[_option(choices=[_CHOICE], autocomplete=True)]),
        "0.options.0",
    ),
    "8000 characters": (
        _command(
            options=[
                _option(name=f"o{n}", choices=[{"name": "x" * 100, "value": "y" * 100}] * 10)
                for n in range(4)
            ]
        ),
        "0",
    ),
    "a described context menu": ({"type": 3, "name": "Quote", "description": "x"}, "0.description"),
}


class TestCommandLimits:
    async def _sync(self, scene: Scene, *drafts: Json) -> Any:
        place = scene.server.bot.id
        return await scene.bot.http.bulk_upsert_global_commands(place, list(drafts))

    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", COMMAND_LIMITS)
    async def test_commands(self, quiet: Scene, name: str) -> None:
        draft, path = COMMAND_LIMITS[name]
        with pytest.raises(discord.HTTPException) as refused:
            await self._sync(quiet, draft)
        assert refused.value.code == 50035
        refusal = quiet.server.errors[-1].refusal
        assert refusal
        assert any(found.startswith(path) for found in paths(refusal["errors"]))

    @pytest.mark.asyncio
    async def test_good_names(self, quiet: Scene) -> None:
        names = ["demander", "poser-une_question", "l'article", "問う", "ถาม", "पूछें", "9"]
        await self._sync(quiet, *(_command(name=name) for name in names))
        assert [command["name"] for command in quiet.server.commands()] == names

    @pytest.mark.asyncio
    async def test_counts(self, quiet: Scene) -> None:
        with pytest.raises(discord.HTTPException) as refused:
            await self._sync(quiet, *(_command(name=f"c{n}") for n in range(101)))
        assert refused.value.code == 30032
        for batch in "ab":
            await self._sync(quiet, *(_command(name=f"{batch}{n}") for n in range(95)))
        await self._sync(quiet, *(_command(name=f"b{n}") for n in range(95)))
        with pytest.raises(discord.HTTPException) as refused:
            await self._sync(quiet, *(_command(name=f"c{n}") for n in range(11)))
        assert (refused.value.status, refused.value.code) == (400, 30034)
