"""Whether a page holds an article; what it is otherwise, in a sentence."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ingest import json_ld
from ingest.blocks import text_of
from ingest.errors import NotAnArticle
from ingest.metadata import Metadata
from ingest.split import weight

# Characters. A login or error page has a line or two; what calls itself an article may be as short.
_SHORTEST = 150
_SHORTEST_ARTICLE = 40
_SHORT = 700
_TEASER = 1_200
_LONGEST_WALL = 2_500
# Headings that lead elsewhere, as a front page has and the “read also” of an article has not.
_CARDS = 6
_TEXT_A_CARD = 250
_PICTURES = 4
_LONGEST_HEADING = 300
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")
# Marks that subscription and consent programs leave in a page.
_PAYWALL_MARKS = "paywall", "piano-", "tp-container", "subscriber-only", "premium-wall", "regwall"
_CONSENT_MARKS = (
    *("onetrust", "didomi", "sp_message", "qc-cmp", "cookie", "consent", "usercentrics", "cmpbox"),
    *("trustarc", "gdpr"),
)
_UNWEIGHTED = "ancestor::nav or ancestor::aside or ancestor::footer or ancestor::form"


@dataclass(frozen=True, slots=True)
class Marks:
    """What in a page's elements tells its kind; taken before boilerplate is taken out."""

    heading: str
    password_field: bool
    paywall: bool
    consent: bool
    pictures: int
    captions: int
    """Characters."""
    cards: int
    text: list[str]
    """The whole page's, by blocks."""


def read_marks(tree: Any) -> Marks:
    """The marks of a page."""
    names = " ".join(
        f"{one.get('id') or ''} {one.get('class') or ''}".lower()
        for one in tree.iter()
        if isinstance(one.tag, str)
    )
    captions = [text_of(one) for one in tree.iter("figcaption")]
    cards = tree.xpath(
        "//*[self::h2 or self::h3 or self::h4][.//a[@href] or parent::a[@href]]"
        f"[not({_UNWEIGHTED})]"
    )
    heading = tree.find(".//h1")
    title = tree.find(".//title")
    return Marks(
        heading="\n".join(
            text_of(one).lower()[:_LONGEST_HEADING] for one in (title, heading) if one is not None
        ),
        password_field=bool(tree.xpath("//input[@type='password']")),
        paywall=any(mark in names for mark in _PAYWALL_MARKS),
        consent=any(mark in names for mark in _CONSENT_MARKS),
        pictures=len(tree.xpath("//figure[.//img or .//amp-img or .//picture]")),
        captions=sum(map(weight, captions)),
        cards=len(cards),
        text=[
            text_of(one).lower()
            for one in tree.iter("p", "div", "h2", "button", "label", "a")
            if not len(one) or one.tag == "p"
        ],
    )


def judge(name: str, metadata: Metadata, marks: Marks, paragraphs: Sequence[str]) -> None:
    """Let an article pass.

    Raises:
        NotAnArticle: it is none; the sentence says what it is.
    """
    length = sum(map(weight, paragraphs))
    reason = (
        _missing(marks, length)
        or _consent(metadata, marks, paragraphs, length)
        or _paywall(metadata, marks, paragraphs, length)
        or _login(marks, length)
        or _recording(metadata, length)
        or _gallery(metadata, marks, length)
        or _listing(metadata, marks, paragraphs, length)
    )
    if reason:
        raise NotAnArticle(f"“{name}” {reason}")
    if length < (_SHORTEST_ARTICLE if metadata.is_article else _SHORTEST):
        raise without_article(name)


def without_article(name: str) -> NotAnArticle:
    """For a page in which nothing was found."""
    return NotAnArticle(
        f"No article was found in “{name}”; when it is behind a login or made by a script, save "
        "its text to a file and add that."
    )


def _missing(marks: Marks, length: int) -> str | None:
    if length < _SHORT and _says("missing", marks.heading):
        return "is an error page: the site says that there is no such page, or that it failed."
    return None


def _consent(
    metadata: Metadata, marks: Marks, paragraphs: Sequence[str], length: int
) -> str | None:
    about = sum(weight(one) for one in paragraphs if _says("consent", one.lower()))
    # An article on data protection talks of nothing else.
    may_be_wall = not metadata.is_article and _SHORTEST_ARTICLE <= length < _LONGEST_WALL
    walled = may_be_wall and about > length / 2
    asked = sum(_says("consent", one) for one in marks.text if weight(one) > _SHORTEST_ARTICLE)
    if walled or (length < _SHORTEST and marks.consent and asked):
        return (
            "shows a cookie or consent wall in place of an article; open it in a browser, save its "
            "text to a file and add that."
        )
    return None


def _paywall(
    metadata: Metadata, marks: Marks, paragraphs: Sequence[str], length: int
) -> str | None:
    said = any(_says("paywall", one) for one in marks.text if len(one) < _SHORT)
    closed = str(metadata.article.get("isAccessibleForFree", "")).lower() == "false"
    if not (said or closed or marks.paywall):
        return None
    told = _number(metadata.article.get("wordCount"))
    words = sum(len(one.split()) for one in paragraphs)
    cut = bool(paragraphs and _CUT.search(paragraphs[-1])) or (told > 1.5 * words and words > 0)
    if (
        (cut and (said or closed))
        or ((said or closed) and length < _TEASER and marks.paywall)
        or (said and closed and length < _TEASER)
        or (said and length < _SHORT)
    ):
        return (
            "shows only the beginning: the rest is behind a paywall. If you may read it, save its "
            "text to a file and add that."
        )
    return None


def _login(marks: Marks, length: int) -> str | None:
    asks = marks.password_field or any(_says("login", one) for one in marks.heading.split("\n"))
    if asks and length < _SHORT and _says("login", marks.heading):
        return "asks for a login; save the article's text to a file and add that."
    return None


def _recording(metadata: Metadata, length: int) -> str | None:
    kind = (metadata.meta("og:type") or "").lower()
    if (
        length < _SHORT
        and not metadata.article
        and (metadata.kinds & json_ld.RECORDINGS or kind.startswith(("video", "music")))
    ):
        return "is a video or audio page; only text is read."
    return None


def _gallery(metadata: Metadata, marks: Marks, length: int) -> str | None:
    named = bool(metadata.kinds & json_ld.GALLERIES)
    if length < _SHORT and (named or (marks.pictures >= _PICTURES and marks.captions > length)):
        return "is a picture gallery: it has captions, but no article."
    return None


def _listing(
    metadata: Metadata, marks: Marks, paragraphs: Sequence[str], length: int
) -> str | None:
    if metadata.is_article:
        return None
    named = bool(metadata.kinds & json_ld.LISTINGS) and length < _TEASER
    if named or (marks.cards >= _CARDS and length < _TEXT_A_CARD * marks.cards):
        return "is a list of articles, not one; add the address of each that you want."
    return None


def _number(value: Any) -> int:
    return int(value) if str(value or "").isdecimal() else 0


def _says(what: str, text: str) -> bool:
    return bool(_signs()[what].search(text))


@cache
def _signs() -> dict[str, re.Pattern[str]]:
    told = tomllib.loads((files("ingest") / "signs.toml").read_text("utf-8"))
    return {what: re.compile("|".join(signs), re.MULTILINE) for what, signs in told.items()}
