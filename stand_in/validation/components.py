"""[components/reference]: rows, buttons and selects of ordinary messages; V2 layouts."""

from __future__ import annotations

from stand_in.messages import walk
from stand_in.refusals import FieldErrors, Json, Path

from .embeds import check_url

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, SECTION, TEXT, THUMBNAIL = 1, 2, 3, 4, 9, 10, 11
GALLERY, FILE, SEPARATOR, CONTAINER = 12, 13, 14, 17
SELECTS = (STRING_SELECT, 5, 6, 7, 8)
_CHOSEN = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}
LINK, PREMIUM = 5, 6
TOP_LEVEL_V2 = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
_LINK_SCHEMES = ("http", "https", "discord")


def check_components(components: list[object], errors: FieldErrors, *, v2: bool) -> None:
    path: Path = ("components",)
    top: list[Json] = []
    for place, component in enumerate(components):
        if isinstance(component, dict):
            top.append(component)
            _check_top_level((*path, place), component, errors, v2=v2)
        else:
            message = "Only dictionaries may be used in a DictType"
            errors.add((*path, place), "DICT_TYPE_CONVERT", message)
    _check_unique(path, top, errors)
    if v2:
        _check_v2_totals(path, top, errors)
    elif len(components) > 5:
        errors.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")


def check_select(path: Path, select: Json, errors: FieldErrors, *, least: int = 0) -> None:
    """[components/reference, String Select]; `least` is 0 in messages as in modals."""
    errors.length((*path, "custom_id"), select.get("custom_id"), 100, 1)
    errors.length((*path, "placeholder"), select.get("placeholder"), 150)
    lower, upper = select.get("min_values", 1), select.get("max_values", 1)
    if not least <= lower <= 25:
        errors.add((*path, "min_values"), "NUMBER_TYPE_MAX", "Must be between 0 and 25.")
    if not 1 <= upper <= 25 or upper < lower:
        errors.add((*path, "max_values"), "NUMBER_TYPE_MAX", "Must be between 1 and 25.")
    if select["type"] != STRING_SELECT:
        _check_defaults((*path, "default_values"), select, lower, upper, errors)
        return
    options = errors.count((*path, "options"), select.get("options"), 25, 1)
    values = [option.get("value") for option in options]
    for place, option in enumerate(options):
        where = (*path, "options", place)
        errors.length((*where, "label"), option.get("label"), 100, 1)
        errors.length((*where, "value"), option.get("value"), 100, 1)
        errors.length((*where, "description"), option.get("description"), 100)
        if option.get("value") in values[:place]:
            message = "The specified option value is already used"
            errors.add((*where, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)


def _check_defaults(path: Path, select: Json, least: int, most: int, errors: FieldErrors) -> None:
    """As many as may be chosen, and of the menu's own kind [components/reference, User Select,
    Role Select, Mentionable Select, Channel Select]."""
    chosen: list[Json] = select.get("default_values") or []
    if chosen and not least <= len(chosen) <= most:
        errors.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    for place, one in enumerate(chosen):
        errors.choice((*path, place, "type"), one.get("type"), _CHOSEN[select["type"]])


def _check_top_level(path: Path, component: Json, errors: FieldErrors, *, v2: bool) -> None:
    kinds = TOP_LEVEL_V2 if v2 else (ROW,)
    if not errors.choice((*path, "type"), component.get("type"), kinds):
        return
    if component["type"] == CONTAINER:
        inner = errors.count((*path, "components"), component.get("components"), 40, 1)
        for place, child in enumerate(inner):
            where = (*path, "components", place)
            if errors.choice((*where, "type"), child.get("type"), TOP_LEVEL_V2[:-1]):
                _check_block(where, child, errors)
    else:
        _check_block(path, component, errors)


def _check_block(path: Path, component: Json, errors: FieldErrors) -> None:
    kind = component["type"]
    if kind == ROW:
        _check_row(path, component, errors)
    elif kind == TEXT:
        errors.length((*path, "content"), component.get("content"), 4000, 1)
    elif kind == SECTION:
        _check_section(path, component, errors)
    elif kind == GALLERY:
        errors.count((*path, "items"), component.get("items"), 10, 1)


def _check_section(path: Path, section: Json, errors: FieldErrors) -> None:
    texts = errors.count((*path, "components"), section.get("components"), 3, 1)
    for place, text in enumerate(texts):
        where = (*path, "components", place)
        if errors.choice((*where, "type"), text.get("type"), (TEXT,)):
            errors.length((*where, "content"), text.get("content"), 4000, 1)
    accessory = section.get("accessory") or {}
    where = (*path, "accessory")
    known = errors.choice((*where, "type"), accessory.get("type"), (BUTTON, THUMBNAIL))
    if known and accessory["type"] == BUTTON:
        _check_button(where, accessory, errors)


def _check_row(path: Path, row: Json, errors: FieldErrors) -> None:
    """Up to five buttons, or one select."""
    children = errors.count((*path, "components"), row.get("components"), 5, 1)
    selects = [child for child in children if child.get("type") in SELECTS]
    if selects and len(children) > 1:
        message = "The specified component exceeds the maximum width"
        errors.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
    for place, child in enumerate(children):
        where = (*path, "components", place)
        if not errors.choice((*where, "type"), child.get("type"), (BUTTON, *SELECTS)):
            continue
        if child["type"] == BUTTON:
            _check_button(where, child, errors)
        else:
            check_select(where, child, errors)


def _check_button(path: Path, button: Json, errors: FieldErrors) -> None:
    errors.length((*path, "label"), button.get("label"), 80)
    style = button.get("style")
    if not errors.choice((*path, "style"), style, range(1, 7)):
        return
    if style == LINK:
        errors.length((*path, "url"), button.get("url"), 512, 1)
        check_url((*path, "url"), button.get("url"), errors, _LINK_SCHEMES)
        if "custom_id" in button:
            message = "A custom id and url cannot both be specified"
            errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", message)
    elif style != PREMIUM:
        errors.length((*path, "custom_id"), button.get("custom_id"), 100, 1)
        if "url" in button:
            message = "A url is for link buttons only"
            errors.add((*path, "url"), "BUTTON_COMPONENT_URL_NOT_ALLOWED", message)
    if style != PREMIUM and not (button.get("label") or button.get("emoji")):
        message = "A label or an emoji is required"
        errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", message)


def _check_unique(path: Path, top: list[Json], errors: FieldErrors) -> None:
    """Disabled ones count too."""
    names = [child["custom_id"] for child in walk(top) if child.get("custom_id")]
    if len(names) != len(set(names)):
        message = "Component custom id cannot be duplicated"
        errors.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", message)


def _check_v2_totals(path: Path, top: list[Json], errors: FieldErrors) -> None:
    every = list(walk(top))
    if len(every) > 40:
        message = "The number of components exceeds the maximum of 40"
        errors.add(path, "BASE_TYPE_BAD_LENGTH", message)
    if sum(len(c.get("content") or "") for c in every if c.get("type") == TEXT) > 4000:
        message = "The text of all components exceeds 4000 characters"
        errors.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
