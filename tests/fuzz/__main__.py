"""`python -m tests.fuzz`: breaks the input of every reader for a while, and tells what broke it."""

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from itertools import count

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import TARGETS, Target

_SLOW_SECONDS = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1000, help="of the first round")
    parser.add_argument("--only", choices=TARGETS, action="append")
    arguments = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VECTORSTORE_PATH"] = f"{folder}/data"
        os.chdir(folder)
        for name in arguments.only or TARGETS:
            rounds, wrong = _fuzz(name, TARGETS[name], arguments.seed, arguments.seconds)
            found += wrong
            sys.stdout.write(f"{name}: {rounds:,} rounds, {wrong} findings\n")
            sys.stdout.flush()
    return 1 if found else 0


def _fuzz(name: str, target: Target, first: int, seconds: float) -> tuple[int, int]:
    """How many rounds there were, and in how many something was wrong; one at least."""
    until, wrong = time.monotonic() + seconds, 0
    for seed in count(first):
        began = time.monotonic()
        try:
            target.run(mutated(random.Random(seed), target.samples))
        except Exception:
            wrong += 1
            sys.stdout.write(f"{name}, seed {seed}:\n{traceback.format_exc(limit=-4)}\n")
        if (took := time.monotonic() - began) > _SLOW_SECONDS:
            wrong += 1
            sys.stdout.write(f"{name}, seed {seed}: took {took:.0f} s\n")
        if time.monotonic() >= until:
            break
    return seed - first + 1, wrong


if __name__ == "__main__":
    sys.exit(main())
