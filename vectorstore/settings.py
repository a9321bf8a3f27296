"""Settings of the store, from ``VECTORSTORE_*`` in the environment or ``.env``."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class VectorstoreSettings(BaseSettings):
    """Where articles are kept and how they are made findable."""

    model_config = SettingsConfigDict(env_prefix="VECTORSTORE_", env_file=".env", extra="ignore")

    path: Path = Field(
        Path("data"), description="Folder of the catalog and the Chroma index; made when missing."
    )
    embeddings: str = Field(
        "bundled",
        min_length=1,
        description=(
            "`bundled` (multilingual-e5-small, inside the install, no download), or any "
            "sentence-transformers model: a hub name or a folder."
        ),
    )
    chroma_url: str | None = Field(
        None, description="URL of a Chroma server; empty keeps the index in the folder above."
    )
    chroma_token: SecretStr | None = Field(
        None, description="Token that the Chroma server asks for, sent as X-Chroma-Token."
    )
    top_k: int = Field(5, ge=1, le=50, description="Passages that a question retrieves.")
