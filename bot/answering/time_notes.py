"""What an answer says about time: when its articles are from, and which days their words mean."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from babel.dates import format_date, format_interval, format_skeleton

from bot.answering.answer import Citation
from bot.answering.dates import Resolved, day_of, resolve
from bot.answering.evidence import Sentence
from bot.answering.markdown import escape
from bot.answering.phrases import phrases, written_in
from bot.answering.question import Question

# British English, like the sample articles: "15 February 2025".
_LOCALES = {"en": "en_GB"}
_MOST_NOTES = 3
# In the units of the evidence's scores: a newer article outweighs what an older one says a little
# better, but nothing off the subject.
_NEWER = 2.0
_HALF_LIFE_DAYS = 7


def time_notes(citation: Citation, language: str, *, dated: bool) -> list[str]:
    """Markdown for the parentheses behind a quote: "Saturday → 15 February 2025".

    ``dated``: with the article's own date, or that it has none; once an article is enough.
    """
    day = day_of(citation.published)
    found = resolve(citation.quote, citation.language, day, citation.certainty)
    # The date beside it tells the year of "18 February", unless that is another.
    told = [r for r in found if r.relative or (day and r.first.year != day.year)]
    by_words = {escape(" ".join(r.words.split())): written(r, language) for r in told}
    notes = [f"{words} → {days}" for words, days in list(by_words.items())[:_MOST_NOTES]]
    if dated:
        said = phrases(language)
        notes.append(
            said.article_of.format(date=_day(day, language)) if day else said.article_undated
        )
        if changed := day_of(citation.later_change):
            notes.append(said.modified.format(date=_day(changed, language)))
    return notes


def written(resolved: Resolved, language: str) -> str:
    """The days in the asker's language, as exactly as the words told them."""
    if resolved.precision == "day":
        return _day(resolved.first, language)
    if resolved.precision == "year":
        return str(resolved.first.year)
    locale = _locale(language)
    if resolved.precision == "month":
        return str(format_skeleton("yMMMM", resolved.first, locale=locale))
    return str(format_interval(resolved.first, resolved.last, "yMMMd", locale=locale))


def _day(day: date, language: str) -> str:
    return str(format_date(day, "long", locale=_locale(language)))


def _locale(language: str) -> str:
    spoken = written_in(language)
    return _LOCALES.get(spoken, spoken)


def newest_first(question: Question, sentences: Sequence[Sentence]) -> list[Sentence]:
    """For a question about now or about what is to come, the sentences with a bonus for newer
    articles, best first again: plans change.

    Every other question gets them as they are. Newest is the newest article among those that have
    a sentence about as good as the best one.
    """
    if not question.asks & {"now", "future"} or not sentences:
        return list(sentences)
    floor = max(s.score for s in sentences) - _NEWER
    days = [day_of(s.document.metadata["published"]) for s in sentences if s.score >= floor]
    newest = max((day for day in days if day), default=None)
    if newest is None:
        return list(sentences)
    lifted = [
        replace(s, score=s.score + _NEWER * recency(s.document.metadata["published"], newest))
        for s in sentences
    ]
    return sorted(lifted, key=lambda s: -s.score)


def recency(published: str | None, newest: date) -> float:
    """1 for an article of the newest day, half of it a week before; 0 for an undated one."""
    day = day_of(published)
    if day is None:
        return 0.0
    return float(0.5 ** (max(0, (newest - day).days) / _HALF_LIFE_DAYS))
