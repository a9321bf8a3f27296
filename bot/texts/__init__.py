"""The fixed words of the Discord side, one TOML file a language.

A translator copies ``en.toml``, translates the right-hand sides and keeps the ``{names}``. The
file's name is the language; nothing else needs to change.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.texts.newsdesk import NewsdeskWords

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """Every fixed word in one language; an attribute is a key of the file."""

    nearest: str
    undated: str
    modified: str
    gone: str
    untitled: str
    paragraph: str
    also_in: str
    also_in_more: str
    as_of: str
    as_of_undated: str
    page: str
    sources: str
    show_more: str
    follow_up: str
    helpful: str
    not_helpful: str
    wrong_source: str
    tell_moderators: str
    previous_page: str
    next_page: str
    answer_gone: str
    article_gone: str
    quote_gone: str
    nothing_more: str
    thanks: str
    your_question: str
    what_is_wrong: str
    which_source: str
    moderators_told: str
    told_before: str
    cannot_tell: str
    notice_unanswered: str
    notice_wrong_source: str
    ask_something: str
    not_here: str
    no_text: str
    text_too_long: str
    nothing_to_add: str
    wrong_date: str
    empty_period: str
    busy: str
    closing: str
    apology: str
    member_cooldown: str
    server_cooldown: str
    not_moderator: str
    not_a_url: str
    attachment_gone: str
    waiting: str
    reading: str
    progress: str
    nothing_to_ingest: str
    added: str
    updated: str
    unchanged: str
    duplicate: str
    failed: str
    passages: str
    same_story: str
    more: str
    articles: str
    own: str
    no_articles: str
    no_match: str
    no_such_article: str
    several_articles: str
    shared_article: str
    really_remove: str
    remove: str
    keep: str
    removed: str
    stays: str
    not_yours: str
    nothing_to_undo: str
    version: str
    no_such_version: str
    paragraphs: str
    restores: str
    then_removed: str
    paste: str
    paste_title: str
    paste_text: str
    paste_more: str
    paste_alone: str
    corrected: str
    then_quoted: str
    says_now: str
    says_no_longer: str
    no_longer_there: str
    still_in: str
    feed_added: str
    feed_known: str
    feed_limit: str
    no_feeds: str
    feed_polled: str
    feed_waiting: str
    feed_removed: str
    no_such_feed: str
    feed_announced: str
    feed_silent: str
    cannot_announce: str
    feed_news: str
    newsdesk: NewsdeskWords
    permissions: dict[str, str]
    """Discord's own names of permissions, by discord.py's."""
    commands: dict[str, str]
    """Descriptions of commands and options, by the ``key`` of their English text in the code."""


def words(*preferred: str) -> Words:
    """The words in the first of these languages or Discord locales (``es-419``) that has a file,
    else in English."""
    there = languages()
    names = (language.split("-")[0].lower() for language in preferred)
    return _load(next((name for name in names if name in there), FALLBACK))


@cache
def languages() -> tuple[str, ...]:
    """The languages that there is a file for."""
    found = (file.name.partition(".") for file in files(__package__).iterdir())
    return tuple(sorted(stem for stem, _, ending in found if ending == "toml"))


@cache
def _load(language: str) -> Words:
    text = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    return Words(**said | {"newsdesk": NewsdeskWords(**said["newsdesk"])})
