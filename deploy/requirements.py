"""Prints what an installation needs at runtime, for pip; with `--any-model` all of it, and with
`--postgres`, `--openai`, `--ollama`, `--anthropic` what that extra needs.

The bundled model runs on ONNX Runtime. sentence-transformers, and with it PyTorch, is a gigabyte
that only other embedding models and rerankers need.
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
wanted = list(project["dependencies"])
for extra in ("postgres", "openai", "ollama", "anthropic"):
    if f"--{extra}" in sys.argv:
        wanted += project["optional-dependencies"][extra]
if "--any-model" not in sys.argv:
    wanted = [one for one in wanted if not one.startswith("sentence-transformers")]
sys.stdout.write("\n".join(wanted) + "\n")
