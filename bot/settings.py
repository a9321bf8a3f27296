"""Settings of the bot, from ``BOT_*`` in the environment or ``.env``, and ``DISCORD_TOKEN``."""

from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class BotSettings(BaseSettings):
    """How the bot answers."""

    model_config = SettingsConfigDict(env_prefix="BOT_", env_file=".env", extra="ignore")

    discord_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DISCORD_TOKEN"),
        description="The bot's token from the Discord developer portal.",
    )
    question_channels: Annotated[tuple[int, ...], NoDecode] = Field(
        (),
        description=(
            "Ids of channels, separated by commas, in which every message is taken for a question. "
            "Needs the message content intent switched on in the developer portal."
        ),
    )

    @field_validator("question_channels", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )
