"""[interactions/receiving-and-responding, Modal]"""

from __future__ import annotations

from stand_in.messages import walk
from stand_in.refusals import FieldErrors, Json, Path

from .components import ROW, SELECTS, TEXT, TEXT_INPUT, check_select

LABEL = 18
FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 19, 21, 22, 23
_IN_LABEL = (TEXT_INPUT, *SELECTS, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX)


def check_modal(modal: Json) -> None:
    errors = FieldErrors()
    errors.length(("data", "title"), modal.get("title"), 45, 1)
    errors.length(("data", "custom_id"), modal.get("custom_id"), 100, 1)
    rows = errors.count(("data", "components"), modal.get("components"), 5, 1)
    for place, row in enumerate(rows):
        path: Path = ("data", "components", place)
        kind = row.get("type")
        if not errors.choice((*path, "type"), kind, (ROW, TEXT, LABEL)):
            continue
        if kind == ROW:
            inputs = errors.count((*path, "components"), row.get("components"), 1, 1)
            for number, field in enumerate(inputs):
                _check_input((*path, "components", number), field, errors)
        elif kind == LABEL:
            errors.length((*path, "label"), row.get("label"), 45, 1)
            errors.length((*path, "description"), row.get("description"), 100)
            _check_labelled((*path, "component"), row.get("component") or {}, errors)
    names = [child["custom_id"] for child in walk(rows) if child.get("custom_id")]
    if len(names) != len(set(names)):
        message = "Component custom id cannot be duplicated"
        errors.add(("data", "components"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    errors.raise_if_any()


def _check_labelled(path: Path, field: Json, errors: FieldErrors) -> None:
    if not errors.choice((*path, "type"), field.get("type"), _IN_LABEL):
        return
    if field["type"] == TEXT_INPUT:
        _check_input(path, field, errors, labelled=True)
    elif field["type"] in SELECTS:
        check_select(path, field, errors)
    else:
        errors.length((*path, "custom_id"), field.get("custom_id"), 100, 1)


def _check_input(path: Path, field: Json, errors: FieldErrors, *, labelled: bool = False) -> None:
    """[components/reference, Text Input]; its own label only where it has no Label around it."""
    if not errors.choice((*path, "type"), field.get("type"), (TEXT_INPUT,)):
        return
    errors.length((*path, "custom_id"), field.get("custom_id"), 100, 1)
    errors.choice((*path, "style"), field.get("style"), (1, 2))
    errors.length((*path, "label"), field.get("label"), 45, 0 if labelled else 1)
    errors.length((*path, "placeholder"), field.get("placeholder"), 100)
    errors.length((*path, "value"), field.get("value"), 4000)
    least, most = field.get("min_length"), field.get("max_length")
    if least is not None and not 0 <= least <= 4000:
        errors.add((*path, "min_length"), "NUMBER_TYPE_MAX", "Must be between 0 and 4000.")
    if most is not None and not 1 <= most <= 4000:
        errors.add((*path, "max_length"), "NUMBER_TYPE_MAX", "Must be between 1 and 4000.")
