"""The answer's own words, in the asker's language."""

from dataclasses import dataclass
from functools import cache

from bot.answering.data import table


@dataclass(frozen=True, slots=True)
class Phrases:
    """One table of ``phrases.toml``."""

    not_in_articles: str
    nothing_yet: str
    only_expected: str
    differ: str
    expected: str
    claimed: str
    undated: str
    translation: str
    chat_slow: str
    chat_unavailable: str
    chat_quota: str
    chat_unfounded: str
    index_scan: str
    index_words: str
    claimed_by: str
    """With ``{claimant}``, whose name may be in any case."""
    article_of: str
    """With ``{date}``."""
    article_undated: str
    modified: str
    """With ``{date}``, like ``gone``."""
    gone: str
    also_in: str
    """With ``{names}``."""
    also_in_more: str
    """With ``{names}`` and ``{count}``, how many articles are not named."""


def phrases(language: str) -> Phrases:
    """The words of a language (ISO 639-1), English where we don't have it."""
    return _tables().get(language) or _tables()["en"]


def written_in(language: str) -> str:
    """The language that the words for a language are in: itself, or English."""
    return language if language in _tables() else "en"


@cache
def _tables() -> dict[str, Phrases]:
    return {language: Phrases(**words) for language, words in table("phrases.toml").items()}
