"""Settings of the bot, from ``BOT_*`` in the environment or ``.env``, and ``DISCORD_TOKEN``."""

from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.logs import Format, Level


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
    message_content: bool = Field(
        False,
        description=(
            "Whether the message content intent is switched on in the developer portal. Servers "
            "can then have channels in which every message is taken for a question."
        ),
    )
    answer_days: int = Field(
        90,
        ge=1,
        le=36500,
        description=(
            "Days that answers are kept, with who asked what and what was thought of them: for "
            "their buttons, follow-ups and corrections."
        ),
    )
    leave_days: int = Field(
        30,
        ge=0,
        le=36500,
        description=(
            "Days after which everything of a server that the bot was removed from is deleted."
        ),
    )

    correction_days: int = Field(
        30,
        ge=0,
        description=(
            "Days after an answer within which its message is marked when an article that it "
            "quotes changes; 0: never."
        ),
    )
    feeds_per_server: int = Field(
        10, ge=0, le=1000, description="Feeds that the members of one server may add."
    )

    chat_model: str = Field(
        "",
        description=(
            "Chat model that writes the answers, as provider:model, for instance "
            "openai:gpt-5-mini, ollama:qwen3 or anthropic:claude-sonnet-4-5. Empty: answers are "
            "quotes."
        ),
    )
    chat_base_url: str = Field(
        "", description="URL of the chat model's server; empty: the provider's own."
    )
    chat_api_key: SecretStr | None = Field(None, description="Key for the chat model's server.")
    chat_timeout: float = Field(
        30.0,
        gt=0,
        le=600,
        description=(
            "Seconds that a chat model may take for one answer; then the quotes are given."
        ),
    )

    shards: int = Field(
        1,
        ge=0,
        le=1000,
        description=(
            "Connections to Discord, all in this process; from some 1,000 servers on it asks for "
            "more than one. 0: as many as Discord recommends."
        ),
    )
    health_address: str = Field(
        "127.0.0.1:8378",
        description=(
            "Host and port of /healthz, /readyz and /metrics, or a port of this machine alone; "
            "empty: none."
        ),
    )
    log_level: Level = Field("info", description="debug, info, warning or error.")
    log_format: Format = Field("logfmt", description="logfmt (key=value) or json.")

    @field_validator("health_address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value:
            host_and_port(value)
        return value

    @property
    def secrets(self) -> list[str]:
        """What may not be logged."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        return [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]

    @field_validator("question_channels", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )


def host_and_port(address: str) -> tuple[str, int]:
    """Of ``8378``, ``localhost:8378`` or ``[::1]:8378``; a port alone is on loopback.

    Raises:
        ValueError: it is none of these.
    """
    host, mark, port = address.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() else 0
    bare = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if (mark and not host) or bare or not 0 < number < 65536:
        raise ValueError("it is written HOST:PORT or PORT, for instance 127.0.0.1:8378")
    return host.strip("[]") or "127.0.0.1", number
