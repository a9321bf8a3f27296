"""Broken input ends in an article or in a sentence, never in a traceback.

`python -m tests.fuzz --seconds 600` looks longer.
"""

import random
import traceback
from pathlib import Path

import pytest

from tests.fuzz.everything import PROPERTIES
from tests.fuzz.mutation import mutated
from tests.fuzz.properties import rounds
from tests.fuzz.targets import TARGETS

ROUNDS = 40
MADE_UP = 8


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command lines find an empty store, and nothing to read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VECTORSTORE_PATH", str(tmp_path / "data"))


@pytest.mark.parametrize("name", TARGETS)
def test_broken_input_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    for seed in range(ROUNDS):
        data = mutated(random.Random(seed), target.samples)
        try:
            target.run(data)
        except Exception as error:
            error.add_note(f"python -m tests.fuzz --only “{name}” --seed {seed} --seconds 0")
            raise


@pytest.mark.parametrize("name", PROPERTIES)
def test_whatever_is_typed_or_sent_is_answered_with_a_sentence(name: str, tmp_path: Path) -> None:
    made = PROPERTIES[name]
    try:
        with made.opened(tmp_path) as check:
            for known in made.found:
                check(known)
            rounds(made.inputs, check, 0, MADE_UP)
    except Exception:
        # What was found may be no text, which pytest's workers can't send.
        pytest.fail(ascii(traceback.format_exc()).replace("\\n", "\n"), pytrace=False)
