"""``python -m ingest`` as a user starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Nothing of the developer's own settings; the store in ``folder``."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("INGEST_", "VECTORSTORE_", "BOT_"))
    }
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "VECTORSTORE_PATH": str(folder / "data"),
        **settings,
    }


def ingest(
    folder: Path, *arguments: str, stdin: bytes = b"", **settings: str
) -> subprocess.CompletedProcess[bytes]:
    """Run it in ``folder``."""
    return subprocess.run(
        [sys.executable, "-m", "ingest", *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def objects(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """The JSON objects that it wrote, one a line."""
    return [json.loads(line) for line in done.stdout.splitlines()]
