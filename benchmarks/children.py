"""Modules of the benchmarks as processes of their own: what each needs is its own, and what one has
loaded makes no other faster or larger."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.errors import BenchmarkError

_ROOT = Path(__file__).parents[1]


def printed(store: Path, module: str, *arguments: str) -> str:
    """What a module prints, run on a store.

    Raises:
        BenchmarkError: it fails; what it said is on stderr.
    """
    environment = {**os.environ, "VECTORSTORE_PATH": str(store), "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"python -m {module} has failed with exit code {done.returncode}.")
    return done.stdout
