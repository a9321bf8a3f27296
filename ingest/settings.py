"""Settings of the ingest, from ``INGEST_*`` in the environment or ``.env``."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class IngestSettings(BaseSettings):
    """Which sources are read, and how much of them."""

    model_config = SettingsConfigDict(env_prefix="INGEST_", env_file=".env", extra="ignore")

    sources: Annotated[tuple[str, ...], NoDecode] = Field(
        ("articles",),
        description="Files, folders and addresses that `python -m ingest` reads; comma separated.",
    )
    timeout: float = Field(20.0, gt=0, description="Seconds that a whole download may take.")
    max_bytes: int = Field(
        10_000_000, gt=0, description="Bytes that a file, a page or standard input may have."
    )
    allow_private_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Hosts of a private network that may be fetched all the same; comma separated. "
            "Anybody who may add an address can then read them."
        ),
    )
    feed_articles: int = Field(
        20, ge=1, le=1000, description="New articles that one poll of a feed reads at most."
    )
    feed_minutes: int = Field(
        30, ge=1, le=10080, description="Minutes between two polls of a feed; more after errors."
    )

    @field_validator("sources", "allow_private_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allow_private_hosts")
    @classmethod
    def _lower(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(host.lower().strip("[]") for host in value)
