"""``python -m bot doctor``: looks at everything that the bot needs, and says what to do."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.text import Text

from bot.doctor.account import account_findings
from bot.doctor.finding import Finding
from bot.doctor.machine import folder_findings, settings_findings
from bot.doctor.parts import chat_finding, embeddings_finding
from bot.doctor.store import store_findings
from bot.servers import Servers, ServerSettings
from bot.settings import BotSettings
from ingest.console import write_json, writing
from ingest.settings import IngestSettings
from vectorstore import VectorstoreError, VectorstoreSettings, open_catalog
from vectorstore.inspection import inspect
from vectorstore.settings import wrong_setting

_CLASSES: tuple[type[BaseSettings], ...] = (BotSettings, IngestSettings, VectorstoreSettings)
_MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}
_STYLES = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


def doctor(*, as_json: bool) -> int:
    """Prints each finding when it is there; the exit status is 1 where something failed."""
    failed = False
    console = Console(highlight=False, soft_wrap=True)
    for finding in _examined(Path(".env")):
        failed = failed or finding.status == "failed"
        if as_json:
            write_json(finding.to_json())
        else:
            with writing():
                _show(finding, console)
    return 1 if failed else 0


def _examined(env_file: Path) -> Iterator[Finding]:
    yield from settings_findings(_CLASSES, os.environ, env_file)
    try:
        settings, stored = BotSettings(), VectorstoreSettings()
        IngestSettings()
    except ValidationError as error:
        told = wrong_setting(error, _CLASSES)
        yield Finding("settings", "failed", told, "Nothing else is looked at before that.")
        return
    yield from folder_findings(stored.path)
    yield embeddings_finding(stored)
    yield from store_findings(stored)
    yield chat_finding(settings)
    yield from asyncio.run(account_findings(settings, *_known(stored)))


def _known(stored: VectorstoreSettings) -> tuple[dict[int, ServerSettings], int | None]:
    """What servers settled, and whose bot has the store; nothing where the store can't be read,
    which another finding tells."""
    try:
        found = inspect(stored, thorough=False)
        if found is None or found.behind:
            return {}, None
        with closing(open_catalog(stored)) as catalog:
            servers = Servers(catalog.database)
            return servers.all(), servers.owner()
    except VectorstoreError:
        return {}, None


def _show(finding: Finding, console: Console) -> None:
    style = _STYLES[finding.status]
    line = Text.assemble((f"{_MARKS[finding.status]} ", style), (finding.name, "bold"))
    line.append(f": {_plain(finding.told)}")
    console.print(line)
    if finding.advice:
        console.print(Text(f"  → {_plain(finding.advice)}"))


def _plain(text: str) -> str:
    """Names of servers and channels are strangers': none may steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
