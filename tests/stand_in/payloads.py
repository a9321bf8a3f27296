"""What is sent to Discord and what it refuses, as JSON."""

from collections.abc import Iterator

from tests.stand_in.bots import Json


def buttons(*buttons: Json) -> Json:
    whole = [{"type": 2, "style": 2, "label": "x"} | button for button in buttons]
    return {"content": "x", "components": [{"type": 1, "components": whole}]}


def paths(errors: Json, path: tuple[str, ...] = ()) -> Iterator[str]:
    for key, inner in errors.items():
        if key == "_errors":
            yield ".".join(path)
        else:
            yield from paths(inner, (*path, key))
