"""[resources/message, Embed Limits]"""

from datetime import datetime
from urllib.parse import urlsplit

from stand_in.refusals import FieldErrors, Json, Path

TOTAL = 6000
URL = 2048
_SCHEMES = ("http", "https")


def check_embeds(embeds: list[object], errors: FieldErrors) -> None:
    for place, embed in enumerate(embeds):
        path = ("embeds", place)
        if isinstance(embed, dict):
            _check_embed(path, embed, errors)
        else:
            errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    if sum(length(embed) for embed in embeds if isinstance(embed, dict)) > TOTAL:
        message = f"Embed size exceeds maximum size of {TOTAL}"
        errors.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)


def is_empty(embed: object) -> bool:
    if not isinstance(embed, dict):
        return True
    shown = ("title", "description", "fields", "author", "footer", "image", "thumbnail")
    return not any(embed.get(key) for key in shown)


def length(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for entry in embed.get("fields") or ():
        if isinstance(entry, dict):
            texts += [entry.get("name"), entry.get("value")]
    return sum(len(text.strip()) for text in texts if isinstance(text, str))


def check_url(path: Path, url: object, errors: FieldErrors, schemes: tuple[str, ...]) -> None:
    if url is None:
        return
    errors.length(path, url, URL)
    scheme = urlsplit(url).scheme if isinstance(url, str) else ""
    if not scheme:
        errors.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif scheme not in schemes:
        message = f'Scheme "{scheme}" is not supported. Scheme must be one of {schemes}.'
        errors.add(path, "URL_TYPE_INVALID_SCHEME", message)


def _check_embed(path: Path, embed: Json, errors: FieldErrors) -> None:
    errors.length((*path, "title"), embed.get("title"), 256)
    errors.length((*path, "description"), embed.get("description"), 4096)
    for place, entry in enumerate(errors.count((*path, "fields"), embed.get("fields"), 25)):
        errors.length((*path, "fields", place, "name"), _text(entry, "name"), 256, 1)
        errors.length((*path, "fields", place, "value"), _text(entry, "value"), 1024, 1)
    if embed.get("footer"):
        errors.length((*path, "footer", "text"), embed["footer"].get("text"), 2048, 1)
    if embed.get("author"):
        errors.length((*path, "author", "name"), embed["author"].get("name"), 256, 1)
        check_url((*path, "author", "url"), embed["author"].get("url"), errors, _SCHEMES)
    check_url((*path, "url"), embed.get("url"), errors, _SCHEMES)
    for picture in ("image", "thumbnail"):
        if embed.get(picture):
            where = (*path, picture, "url")
            check_url(where, embed[picture].get("url"), errors, (*_SCHEMES, "attachment"))
    _check_color_and_time(path, embed, errors)


def _check_color_and_time(path: Path, embed: Json, errors: FieldErrors) -> None:
    color = embed.get("color")
    if color is not None and not (isinstance(color, int) and 0 <= color <= 0xFFFFFF):
        message = "int value should be between 0 and 16777215."
        errors.add((*path, "color"), "NUMBER_TYPE_MAX", message)
    moment = embed.get("timestamp")
    if moment is not None:
        try:
            datetime.fromisoformat(moment)
        except (TypeError, ValueError):
            message = f"Could not parse {moment}. Should be ISO8601."
            errors.add((*path, "timestamp"), "DATE_TIME_TYPE_PARSE", message)


def _text(entry: object, key: str) -> object:
    """Discord strips a field's text before it measures it."""
    text = entry.get(key) if isinstance(entry, dict) else None
    return text.strip() if isinstance(text, str) else text
