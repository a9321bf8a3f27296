"""`python -m tests.fuzz`: breaks the input of every reader for a while, and tells what broke it."""

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

from tests.fuzz.everything import PROPERTIES
from tests.fuzz.mutation import mutated
from tests.fuzz.properties import rounds
from tests.fuzz.targets import TARGETS

_SLOW_SECONDS = 20
_ROUNDS_AT_ONCE = 100


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1000, help="of the first round")
    parser.add_argument("--only", choices=[*TARGETS, *PROPERTIES], action="append")
    arguments = parser.parse_args()
    found = 0
    for name in arguments.only or (*TARGETS, *PROPERTIES):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["VECTORSTORE_PATH"] = f"{folder}/data"
            os.chdir(folder)
            fuzz = _broken if name in TARGETS else _made_up
            tried, wrong = fuzz(name, arguments.seed, arguments.seconds)
            found += wrong
            sys.stdout.write(f"{name}: {tried:,} rounds, {wrong} findings\n")
            sys.stdout.flush()
    return 1 if found else 0


def _broken(name: str, first: int, seconds: float) -> tuple[int, int]:
    """How many rounds there were, and in how many something was wrong; one at least."""
    target = TARGETS[name]
    until, wrong = time.monotonic() + seconds, 0
    for seed in count(first):
        data = mutated(random.Random(seed), target.samples)
        wrong += _wrong(f"{name}, seed {seed}", partial(target.run, data))
        if time.monotonic() >= until:
            break
    return seed - first + 1, wrong


def _made_up(name: str, first: int, seconds: float) -> tuple[int, int]:
    """The same of a property, whose rounds are counted as they are made, shrinking included."""
    until, wrong, tried = time.monotonic() + seconds, 0, 0
    with PROPERTIES[name].opened(Path.cwd()) as check:

        def checked(made: object) -> None:
            nonlocal tried
            tried += 1
            began = time.monotonic()
            check(made)
            assert time.monotonic() - began <= _SLOW_SECONDS, "too slow"

        for seed in count(first):
            run = partial(rounds, PROPERTIES[name].inputs, checked, seed, _ROUNDS_AT_ONCE)
            wrong += _wrong(f"{name}, seed {seed}", run)
            if time.monotonic() >= until:
                return tried, wrong
    raise AssertionError


def _wrong(what: str, run: Callable[[], None]) -> bool:
    """Run it; whether anything was wrong, which is told."""
    try:
        run()
    except Exception:
        sys.stdout.write(f"{what}:\n{traceback.format_exc(limit=-6)}\n")
        sys.stdout.flush()
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
