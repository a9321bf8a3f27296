"""Messages and permissions that Discord refuses."""

from __future__ import annotations

import io
from typing import Any

import discord
import pytest

from stand_in import (
    Permission,
)
from tests.stand_in.bots import Json, Scene
from tests.stand_in.payloads import buttons, paths


def _embed(**parts: Any) -> Json:
    return {"embeds": [parts]}


def _select(**parts: Any) -> Json:
    select = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]} | parts
    return {"content": "x", "components": [{"type": 1, "components": [select]}]}


def _role_menu(*defaults: Json) -> Json:
    return _select(type=6, options=[], default_values=list(defaults))


_V2 = 1 << 15
_TEXT = {"type": 10, "content": "x"}
_ROW = {"type": 1, "components": [{"type": 2, "style": 5, "label": "x", "url": "https://x.org"}]}
MESSAGE_LIMITS: dict[str, tuple[Json, str]] = {
    "content": ({"content": "x" * 2001}, "content"),
    "ten embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds"),
    "title": (_embed(title="x" * 257), "embeds.0.title"),
    "description": (_embed(description="x" * 4097), "embeds.0.description"),
    "fields": (_embed(fields=[{"name": "x", "value": "x"}] * 26), "embeds.0.fields"),
    "field name": (_embed(fields=[{"name": "x" * 257, "value": "x"}]), "embeds.0.fields.0.name"),
    "field value": (_embed(fields=[{"name": "x", "value": "x" * 1025}]), "embeds.0.fields.0.value"),
    "blank field": (_embed(fields=[{"name": "x", "value": " "}]), "embeds.0.fields.0.value"),
    "footer": (_embed(footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    "author": (_embed(author={"name": "x" * 257}), "embeds.0.author.name"),
    "url": (_embed(title="x", url="ftp://x.org"), "embeds.0.url"),
    "color": (_embed(title="x", color=1 << 24), "embeds.0.color"),
    "timestamp": (_embed(title="x", timestamp="today"), "embeds.0.timestamp"),
    "6000 in all": ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds"),
    "five rows": ({"content": "x", "components": [_ROW] * 6}, "components"),
    "five buttons": (
        buttons(*({"custom_id": str(n)} for n in range(6))),
        "components.0.components",
    ),
    "label": (buttons({"custom_id": "a", "label": "x" * 81}), "components.0.components.0.label"),
    "no label": (buttons({"custom_id": "a", "label": ""}), "components.0.components.0"),
    "no custom_id": (buttons({}), "components.0.components.0.custom_id"),
    "custom_id": (buttons({"custom_id": "x" * 101}), "components.0.components.0.custom_id"),
    "same custom_id": (buttons({"custom_id": "a"}, {"custom_id": "a"}), "components"),
    "link": (
        buttons({"style": 5, "url": "https://x.org/" + "x" * 512}),
        "components.0.components.0.url",
    ),
    "link with custom_id": (
        buttons({"style": 5, "url": "https://x.org", "custom_id": "a"}),
        "components.0.components.0",
    ),
    "select options": (
        _select(options=[{"label": str(n), "value": str(n)} for n in range(26)]),
        "components.0.components.0.options",
    ),
    "placeholder": (_select(placeholder="x" * 151), "components.0.components.0.placeholder"),
    "too many defaults": (
        _role_menu({"id": "1", "type": "role"}, {"id": "2", "type": "role"}),
        "components.0.components.0.default_values",
    ),
    "another kind of default": (
        _role_menu({"id": "1", "type": "channel"}),
        "components.0.components.0.default_values.0.type",
    ),
    "a bare button": ({"content": "x", "components": [{"type": 2}]}, "components.0.type"),
    "V2 without the flag": ({"components": [_TEXT]}, "components.0.type"),
    "V2 with content": ({"flags": _V2, "content": "x", "components": [_TEXT]}, "content"),
    "V2 with embeds": ({"flags": _V2, "components": [_TEXT], **_embed(title="x")}, "embeds"),
    "40 components": ({"flags": _V2, "components": [_TEXT] * 41}, "components"),
    "4000 characters": (
        {"flags": _V2, "components": [{"type": 10, "content": "x" * 2001}] * 2},
        "components",
    ),
    "nonce": ({"content": "x", "nonce": "x" * 26}, "nonce"),
    "kind of mention": (
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        "allowed_mentions.parse.0",
    ),
    "parsed and listed": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
    ),
    "100 users": (
        {"content": "x", "allowed_mentions": {"users": [str(n) for n in range(101)]}},
        "allowed_mentions.users",
    ),
    "unknown reference": ({"content": "x", "message_reference": {"message_id": "1"}}, "message_"),
}


class TestLimits:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", MESSAGE_LIMITS)
    async def test_messages(self, quiet: Scene, name: str) -> None:
        body, path = MESSAGE_LIMITS[name]
        with pytest.raises(discord.HTTPException) as refused:
            await quiet.post(body)
        assert (refused.value.status, refused.value.code) == (400, 50035)
        refusal = quiet.server.errors[-1].refusal
        assert refusal
        found = list(paths(refusal["errors"]))
        assert found[0].startswith(path)
        assert len(found) == 1

    @pytest.mark.asyncio
    async def test_what_just_fits_passes(self, quiet: Scene) -> None:
        entry = {"name": "n" * 256, "value": "v" * 1024}
        await quiet.post({"content": "x" * 2000})
        await quiet.post(_embed(title="t" * 256, description="d" * 4096, fields=[entry]))
        await quiet.post(buttons(*({"custom_id": str(n), "label": "x" * 80} for n in range(5))))
        await quiet.post({"flags": _V2, "components": [_TEXT, _ROW]})
        assert not quiet.server.errors

    @pytest.mark.asyncio
    @pytest.mark.parametrize("body", [{}, {"content": " \n"}, {"embeds": [{}]}])
    async def test_empty_messages(self, quiet: Scene, body: Json) -> None:
        with pytest.raises(discord.HTTPException) as refused:
            await quiet.post(body)
        assert (refused.value.status, refused.value.code) == (400, 50006)

    @pytest.mark.asyncio
    async def test_large_files(self, quiet: Scene) -> None:
        channel = quiet.bot.get_partial_messageable(quiet.channel.id)
        nine = bytes(9 << 20)
        await channel.send(file=discord.File(io.BytesIO(nine), "nine"))
        for sizes in ([11], [9, 9, 9]):
            files = [discord.File(io.BytesIO(bytes(size << 20)), "big") for size in sizes]
            with pytest.raises(discord.HTTPException) as refused:
                await channel.send(files=files)
            assert (refused.value.status, refused.value.code) == (413, 40005)

    @pytest.mark.asyncio
    @pytest.mark.parametrize(
        ("lacking", "body", "code"),
        [
            (Permission.VIEW_CHANNEL, {"content": "x"}, 50001),
            (Permission.SEND_MESSAGES, {"content": "x"}, 50013),
            (Permission.EMBED_LINKS, {"embeds": [{"title": "x"}]}, 50013),
            (
                Permission.READ_MESSAGE_HISTORY,
                {"content": "x", "message_reference": {"message_id": "1"}},
                160002,
            ),
        ],
    )
    async def test_permissions(
        self, quiet: Scene, lacking: Permission, body: Json, code: int
    ) -> None:
        for denied in (quiet.guild.everyone, quiet.server.bot):
            channel = quiet.server.add_channel(quiet.guild, "staff", deny={denied: lacking})
            with pytest.raises(discord.Forbidden) as refused:
                await quiet.post(body, channel)
            assert refused.value.code == code

    @pytest.mark.asyncio
    async def test_an_overwrite_gives_back_what_another_took(self, quiet: Scene) -> None:
        everyone, sending = quiet.guild.everyone, Permission.SEND_MESSAGES
        quiet.server.set_overwrites(
            quiet.channel, deny={everyone: sending}, allow={quiet.server.bot: sending}
        )
        await quiet.post({"content": "x"})
        assert not quiet.server.errors

    @pytest.mark.asyncio
    async def test_strangers_and_closed_doors(self, quiet: Scene) -> None:
        said = await quiet.server.user_says(quiet.channel, quiet.alice, "mine")
        hermit = quiet.server.add_member(quiet.guild, "Hermit", accepts_dms=False)
        partial = quiet.bot.get_partial_messageable(quiet.channel.id).get_partial_message(said.id)
        hermits = await quiet.bot.create_dm(discord.Object(hermit.id))
        for doing, code in (
            (partial.edit(content="yours"), 50005),
            (partial.delete(), 50013),
            (hermits.send("x"), 50007),
            (quiet.bot.get_partial_messageable(1).send("x"), 10003),
            (quiet.bot.fetch_user(1), 10013),
        ):
            with pytest.raises(discord.HTTPException) as refused:
                await doing
            assert refused.value.code == code
