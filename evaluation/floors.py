"""The figures that Newsdesk must not fall behind; they sit in ``floors.toml``."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.errors import EvaluationError
from evaluation.scores import Scores

OWN_FLOORS = Path(__file__).with_name("floors.toml")


class Floors(BaseModel):
    """Limits by the name of a measure, as shares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: dict[str, float]
    most: dict[str, float]


def load_floors(path: Path = OWN_FLOORS) -> Floors:
    """Read a file of floors; raises ``EvaluationError``."""
    try:
        return Floors.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise EvaluationError(f"The floors {path} can't be read: {error}.") from error


def broken(scores: Scores, floors: Floors) -> list[str]:
    """A sentence for every figure on the wrong side of its limit, or not measured at all.

    Raises:
        EvaluationError: a limit is not for one of the measures.
    """
    measured = scores.to_json()
    if unknown := sorted({*floors.least, *floors.most} - measured.keys()):
        raise EvaluationError(f"“{unknown[0]}” is none of the measures.")
    found = []
    for name, limit in floors.least.items():
        value = measured[name]
        if value is None or value < limit:
            found.append(f"{name} is {value}, below {limit}.")
    for name, limit in floors.most.items():
        value = measured[name]
        if value is None or value > limit:
            found.append(f"{name} is {value}, above {limit}.")
    return found
