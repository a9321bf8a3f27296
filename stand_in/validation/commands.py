"""[interactions/application-commands, Application Command Structure]"""

from __future__ import annotations

import unicodedata

from stand_in.refusals import FieldErrors, Json, Path

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10
TOTAL = 8000
#: Combining marks are letters too in these scripts: Devanagari, Thai.
_SCRIPTS = ((0x0900, 0x097F), (0xA8E0, 0xA8FF), (0x0E00, 0x0E7F))


def check_command(command: Json, path: Path, errors: FieldErrors) -> None:
    kind = command.get("type", CHAT_INPUT)
    if not errors.choice((*path, "type"), kind, (CHAT_INPUT, USER, MESSAGE)):
        return
    if kind == CHAT_INPUT:
        _check_described(command, path, errors)
        _check_options(command.get("options"), path, errors, depth=0)
    else:
        errors.length((*path, "name"), command.get("name"), 32, 1)
        for key in ("description", "options"):
            if command.get(key):
                message = "Context menu commands cannot have it"
                errors.add((*path, key), "APPLICATION_COMMAND_CONTEXT_MENU_FIELD", message)
    if _size(command) > TOTAL:
        message = f"Command exceeds maximum size ({TOTAL})"
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def valid_name(name: object) -> bool:
    """^[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]{1,32}$, lower case where there is one."""
    if not isinstance(name, str) or not 1 <= len(name) <= 32 or name != name.lower():
        return False
    return all(_in_name(character) for character in name)


def _in_name(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    return any(first <= ord(character) <= last for first, last in _SCRIPTS)


def _check_described(thing: Json, path: Path, errors: FieldErrors) -> None:
    names = [((*path, "name"), thing.get("name"))]
    translated = thing.get("name_localizations") or {}
    names += [((*path, "name_localizations", locale), name) for locale, name in translated.items()]
    for where, name in names:
        errors.length(where, name, 32, 1)
        if name and not valid_name(name):
            message = "Command name is invalid"
            errors.add(where, "APPLICATION_COMMAND_INVALID_NAME", message)
    errors.length((*path, "description"), thing.get("description"), 100, 1)
    for locale, text in (thing.get("description_localizations") or {}).items():
        errors.length((*path, "description_localizations", locale), text, 100, 1)


def _check_options(options: object, path: Path, errors: FieldErrors, depth: int) -> None:
    """A group may hold subcommands, a subcommand only values, and neither stands beside values."""
    listed: list[Json] = errors.count((*path, "options"), options, 25)
    nested = [option.get("type") in (SUBCOMMAND, GROUP) for option in listed]
    if any(nested) and not all(nested):
        message = "Sub-command and sub-command group option types are mutually exclusive"
        errors.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    seen_optional = False
    for place, option in enumerate(listed):
        where = (*path, "options", place)
        _check_option(option, where, errors, depth)
        if option.get("name") in [other.get("name") for other in listed[:place]]:
            message = "Option name already exists"
            code = "APPLICATION_COMMAND_OPTION_NAME_ALREADY_EXISTS"
            errors.add((*where, "name"), code, message)
        if option.get("required") and seen_optional:
            message = "Required options must be placed before non-required options"
            errors.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        seen_optional = seen_optional or not option.get("required")


def _check_option(option: Json, path: Path, errors: FieldErrors, depth: int) -> None:
    _check_described(option, path, errors)
    kind = option.get("type")
    if not errors.choice((*path, "type"), kind, range(1, 12)):
        return
    if kind in (SUBCOMMAND, GROUP):
        deepest = 1 if kind == SUBCOMMAND else 0
        if depth > deepest:
            message = "Sub-commands and groups cannot be nested that deep"
            errors.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
        _check_options(option.get("options"), path, errors, depth + (1 if kind == GROUP else 2))
        return
    _check_choices(option, path, errors)
    most = option.get("max_length")
    least = option.get("min_length")
    if least is not None and not 0 <= least <= 6000:
        errors.add((*path, "min_length"), "NUMBER_TYPE_MAX", "Must be between 0 and 6000.")
    if most is not None and not 1 <= most <= 6000:
        errors.add((*path, "max_length"), "NUMBER_TYPE_MAX", "Must be between 1 and 6000.")


def _check_choices(option: Json, path: Path, errors: FieldErrors) -> None:
    choices = errors.count((*path, "choices"), option.get("choices"), 25)
    if choices and option.get("autocomplete"):
        message = "Choices and autocomplete are mutually exclusive"
        errors.add(path, "APPLICATION_COMMAND_OPTION_CHOICES_AUTOCOMPLETE", message)
    if (choices or option.get("autocomplete")) and option["type"] not in (STRING, INTEGER, NUMBER):
        message = "Choices and autocomplete need a string or a number"
        errors.add(path, "APPLICATION_COMMAND_OPTION_CHOICES_TYPE", message)
    check_choices(choices, (*path, "choices"), errors)


def check_choices(choices: list[Json], path: Path, errors: FieldErrors) -> None:
    """Of an option, and of an autocomplete answer: names 1-100, string values up to 100."""
    for place, choice in enumerate(choices):
        errors.length((*path, place, "name"), choice.get("name"), 100, 1)
        value = choice.get("value")
        if isinstance(value, str) or value is None:
            errors.length((*path, place, "value"), value, 100, 1)


def _size(thing: Json) -> int:
    """Names, descriptions and values, each counted in its longest translation."""
    total = 0
    for key in ("name", "description"):
        texts = [thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()]
        total += max(len(str(text)) for text in texts)
    if "value" in thing:
        total += len(str(thing["value"]))
    inner = [*(thing.get("options") or ()), *(thing.get("choices") or ())]
    return total + sum(_size(part) for part in inner)
