"""Glosses: translations of quotes by a chat model, shown only where the check lets them pass."""

import re
from collections.abc import Mapping, Sequence

from bot.answering.certainty import certainty_of
from bot.answering.chat import Reply
from bot.answering.check_cues import check_cues
from bot.answering.checking import SentenceCheck, Source
from bot.answering.markdown import escape
from bot.answering.phrases import phrases
from bot.answering.stated_dates import stated_dates
from bot.answering.stated_numbers import stated_numbers

_LINE = re.compile(r"^\s*\[(\d+)\]:?\s*(.+?)\s*$", re.MULTILINE)
_LAST_MARKER = re.compile(r"\[(\d+)\]$")


def foreign(sources: Sequence[Source], language: str) -> list[Source]:
    """The sources that an asker of this language may not be able to read."""
    return [source for source in sources if source.citation.language not in (language, "und")]


def read_glosses(
    reply: Reply, check: SentenceCheck, language: str, sources: Sequence[Source]
) -> dict[int, str]:
    """The translations that say what their quotes say, by marker.

    Raises:
        ChatModelError: too slow, too long, or out of order.
    """
    by_marker = {source.citation.marker: source for source in sources}
    found: dict[int, str] = {}
    for match in _LINE.finditer(reply.text()):
        source, text = by_marker.get(int(match[1])), match[2]
        if (
            source
            and complete(text, language, source)
            and not check.fault(text, language, [source])
        ):
            found[source.citation.marker] = text
    return found


def complete(text: str, language: str, source: Source) -> bool:
    """Whether a translation keeps the quote's numbers, dates, negation and certainty."""
    quote, own = source.citation.quote, source.citation.language
    dates, rest = stated_dates(text, language)
    quoted_dates, quoted_rest = stated_dates(quote, own)
    return (
        stated_numbers(quoted_rest, own) == stated_numbers(rest, language)
        and len(quoted_dates) == len(dates)
        and check_cues(own).denies(quote) == check_cues(language).denies(text)
        and certainty_of(quote, own) == certainty_of(text, language)
    )


def with_glosses(text: str, glosses: Mapping[int, str], language: str) -> str:
    """The text of an extractive answer with each translation under its quote."""
    word = phrases(language).translation
    blocks = text.split("\n\n")
    for i, block in enumerate(blocks):
        marker = _LAST_MARKER.search(block)
        if marker and (gloss := glosses.get(int(marker[1]))):
            blocks[i] = f"{block}\n*({word})* {escape(gloss)}"
    return "\n\n".join(blocks)
