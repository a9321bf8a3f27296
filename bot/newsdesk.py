"""``/newsdesk``: settings, help, privacy and diagnosis."""

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot import diagnosis, privacy
from bot.delivery import acknowledge, noting_undelivered
from bot.errors import NotAllowed
from bot.permissions import may_edit, may_manage
from bot.servers import ServerSettings
from bot.settings_panel import changed, settings_panel
from bot.texts import Words
from bot.workers import Busy

if TYPE_CHECKING:
    from bot.client import Newsdesk

_Interaction = discord.Interaction["Newsdesk"]

_CUSTOM_ID = re.compile(r"newsdesk:(?P<part>settings|privacy):(?P<what>\w+)")
_MOST_NAMED = 10


class ServerCommands(commands.Cog):
    """Everything is for the asker alone.

    Clicks are told by their custom ids, with nothing in memory, so that they outlive a restart.
    Discord's permissions are a whole command's [interactions/application-commands, Permissions],
    and ``help`` and ``privacy`` are for everyone: so who may see settings is asked at each use.
    """

    newsdesk = app_commands.Group(
        name="newsdesk", description=locale_str("Settings, help and what is kept", key="newsdesk")
    )

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot

    @newsdesk.command(
        name="settings",
        description=locale_str(
            "See and change the settings of this server.", key="newsdesk_settings"
        ),
    )
    async def _settings(self, interaction: _Interaction) -> None:
        await acknowledge(interaction, private=True)
        said = self._said(interaction)
        guild = self._managed(interaction, said)
        settings = self._bot.server_settings(guild.id)
        await self._show_settings(interaction, guild, settings)

    @newsdesk.command(
        name="help", description=locale_str("What the bot can do.", key="newsdesk_help")
    )
    async def _help(self, interaction: _Interaction) -> None:
        await acknowledge(interaction, private=True)
        text = self._help_text(interaction, self._said(interaction))
        await interaction.edit_original_response(content=text)

    @newsdesk.command(
        name="privacy",
        description=locale_str(
            "What is kept about you; export or delete it.", key="newsdesk_privacy"
        ),
    )
    async def _privacy(self, interaction: _Interaction) -> None:
        await acknowledge(interaction, private=True)
        await privacy.show(interaction, self._said(interaction))

    @newsdesk.command(
        name="diag",
        description=locale_str("Versions, counts and missing permissions.", key="newsdesk_diag"),
    )
    async def _diag(self, interaction: _Interaction) -> None:
        await acknowledge(interaction, private=True)
        said = self._said(interaction)
        guild = self._managed(interaction, said)
        counts = await self._bot.look_up(
            partial(diagnosis.counted, self._bot.store, guild.id), said
        )
        channel = guild.get_channel_or_thread(interaction.channel_id or 0)
        text = diagnosis.report(self._bot, guild, channel, counts, said)
        await interaction.edit_original_response(content=text)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: _Interaction) -> None:
        """A click on a menu or a button of these messages."""
        if interaction.type is not discord.InteractionType.component:
            return
        data: Any = interaction.data
        named = _CUSTOM_ID.fullmatch(data["custom_id"])
        if named is None:
            return
        with noting_undelivered(interaction.channel_id):
            try:
                if named["part"] == "settings":
                    await self._choose(interaction, named["what"], data.get("values", ()))
                else:
                    await privacy.clicked(interaction, named["what"], self._said(interaction))
            except discord.HTTPException:
                raise
            except Exception as error:
                # Not in place of the message that was clicked: it has the menus.
                text = self._bot.sentence(error, self._said(interaction))
                await interaction.followup.send(text, ephemeral=True)

    async def _choose(self, interaction: _Interaction, setting: str, values: Sequence[str]) -> None:
        await interaction.response.defer()
        said = self._said(interaction)
        guild = self._managed(interaction, said)

        def change(settings: ServerSettings) -> ServerSettings:
            return changed(settings, guild, setting, values)

        save = partial(self._bot.servers.change, guild.id, change)
        await self._show_settings(interaction, guild, await self._bot.look_up(save, said))

    async def _show_settings(
        self, interaction: _Interaction, guild: discord.Guild, settings: ServerSettings
    ) -> None:
        # Looked up now: the language may have been changed.
        said = self._said(interaction)
        reads_all = self._bot.intents.message_content
        view = settings_panel(settings, guild, said, reads_all=reads_all)
        await interaction.edit_original_response(view=view)

    def _managed(self, interaction: _Interaction, said: Words) -> discord.Guild:
        """The server, if whoever asks may manage it.

        Raises:
            NotAllowed: they may not, or it is a direct message.
            Busy: Discord has not told yet what the server has.
        """
        guild = interaction.guild
        if guild is None:
            raise NotAllowed(said.newsdesk.only_in_servers)
        if not may_manage(interaction):
            raise NotAllowed(said.newsdesk.only_managers)
        if guild.unavailable:
            raise Busy(said.busy)
        return guild

    def _help_text(self, interaction: _Interaction, said: Words) -> str:
        word, bot = said.newsdesk, self._bot
        settings = bot.server_settings(interaction.guild_id)
        named = {
            "ask": bot.mention_command("ask"),
            "list": bot.mention_command("articles list"),
            "privacy": bot.mention_command("newsdesk privacy"),
        }
        lines = [word.help.format(**named).strip()]
        if settings.question_channels and bot.intents.message_content:
            lines.append(word.help_questions.format(channels=_named(settings.question_channels)))
        if settings.answer_channels:
            lines.append(word.help_only.format(channels=_named(settings.answer_channels)))
        if may_edit(interaction, settings):
            named = {
                "ingest": bot.mention_command("ingest"),
                "feeds": bot.mention_command("feeds add"),
            }
            lines.append(word.help_editors.format(**named))
        if may_manage(interaction):
            named = {
                "settings": bot.mention_command("newsdesk settings"),
                "diag": bot.mention_command("newsdesk diag"),
            }
            lines.append(word.help_managers.format(**named))
        return "\n".join(lines)

    def _said(self, interaction: _Interaction) -> Words:
        return self._bot.said(interaction.guild_id, interaction.locale.value)


def _named(channels: Sequence[int]) -> str:
    return " ".join(f"<#{channel}>" for channel in channels[:_MOST_NAMED])
