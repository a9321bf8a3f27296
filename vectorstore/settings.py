"""Settings of the store, from ``VECTORSTORE_*`` in the environment or ``.env``."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class VectorstoreSettings(BaseSettings):
    """Where articles are kept and how they are made findable."""

    model_config = SettingsConfigDict(
        env_prefix="VECTORSTORE_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    path: Path = Field(
        Path("data"), description="Folder of the catalog and the Chroma index; made when missing."
    )
    catalog_url: SecretStr | None = Field(
        None,
        description=(
            "postgresql://… for a catalog that several machines share; empty keeps it in the "
            "folder above."
        ),
    )
    backups: Path | None = Field(
        None,
        description=(
            "Folder of the daily backups of the catalog; empty: `backups` in the folder above. "
            "Better on another disk."
        ),
    )
    backups_kept: int = Field(
        3, ge=0, le=1000, description="Backups that are kept, the newest; 0: none are made."
    )
    embeddings: str = Field(
        "bundled",
        min_length=1,
        description=(
            "`bundled` (multilingual-e5-small, inside the install, no download), or any "
            "sentence-transformers model: a hub name or a folder."
        ),
    )
    model_cache: Path | None = Field(
        None,
        description=(
            "Folder for the bundled model and its reader in the form that they run in, 44 MB, "
            "built at first use; empty: the user's cache folder."
        ),
    )
    reranker: str | None = Field(
        None,
        description=(
            "Any sentence-transformers cross-encoder, a hub name or a folder, that sets the found "
            "passages in order; empty: none."
        ),
    )
    reader: bool = Field(
        True,
        description=(
            "Whether the bundled model also reads question and passages together, which tells an "
            "answer from what is only near; false saves half of a question's time. Other "
            "embedding models have no reader."
        ),
    )
    chroma_url: str | None = Field(
        None, description="URL of a Chroma server; empty keeps the index in the folder above."
    )
    chroma_api_key: SecretStr | None = Field(
        None, description="Key that the Chroma server asks for, sent as X-Chroma-Token."
    )
    chroma_tenant: str | None = Field(
        None, description="Tenant on the Chroma server; empty: the key's own, or the default one."
    )
    chroma_database: str | None = Field(
        None, description="Database of the tenant; empty: the key's own, or the default one."
    )
    chroma_timeout: float = Field(
        3.0,
        gt=0,
        le=60,
        description=(
            "Seconds that the Chroma server may take for a search; then the catalog answers."
        ),
    )
    top_k: int = Field(5, ge=1, le=50, description="Passages that a question retrieves.")

    @property
    def secrets(self) -> list[str]:
        """What may not be logged."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        return [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]


def wrong_setting(error: ValidationError, classes: Sequence[type[BaseSettings]]) -> str:
    """A sentence that names the setting and what is wrong with it.

    ``classes`` are those whose construction may have raised the error.
    """
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    prefixes = {c.__name__: c.model_config.get("env_prefix", "") for c in classes}
    name = field if field.isupper() else f"{prefixes.get(error.title, '')}{field.upper()}"
    return f"{name} is “{first['input']}”, which is wrong: {first['msg']}."
