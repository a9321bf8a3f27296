"""Whether a sentence of a chat model says no more than the sentences that it cites.

Every name must stand in the cited passages (or the article's title), every number and date in the
cited sentences, negation and certainty must be theirs, and the meaning near. What this can't see:
who did what to whom. "A met B's envoy" for "B met A's envoy" passes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from bot.answering.answer import Certainty, Citation
from bot.answering.certainty import certainty_of, relevant_clauses
from bot.answering.check_cues import check_cues, checked_languages
from bot.answering.cues import cues
from bot.answering.dates import day_of
from bot.answering.evidence import lexical_share
from bot.answering.stated_dates import is_stated, stated_dates
from bot.answering.stated_names import unsupported_names
from bot.answering.stated_numbers import stated_numbers
from ingest.language import detect
from vectorstore import HybridRetriever
from vectorstore.article import Matrix
from vectorstore.searchtext import content_words, function_word_hits

Fault = Literal["language", "link", "name", "number", "date", "negation", "certainty", "meaning"]

# Cosine of centred vectors of a sentence and of what it cites. Of tests/data/faithful.json every
# faithful sentence is above .70, 95 % of those paired with another one's source below .54; lower
# than .70 because a sentence may tell only a part of what it cites.
NEAR = 0.55
_LINK = re.compile(r"https?://[^\s<>()\[\]]+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*|\]\(")
_MENTION = re.compile(r"<[@#:]|@(?=\w)|```")
_CLAUSE_ENDS = re.compile(r"[,;:()–—]\s|\s(?:but|mais|pero|aber|sondern|ma|mas|sino)\s")
_SURENESS: dict[Certainty, int] = {"expected": 0, "claimed": 1, "mixed": 1, "reported": 2}


@dataclass(frozen=True, slots=True)
class Source:
    """A citation and what stands around it."""

    citation: Citation
    passage: str
    vector: Matrix
    """Of the quote: centred, unit length."""

    @property
    def names(self) -> str:
        """Where the names of a sentence that cites this may stand."""
        sites = [self.citation.site, *(article.site for article in self.citation.also_in)]
        return "\n".join([self.passage, self.citation.title, *filter(None, sites)])


class SentenceCheck:
    """The check with the meaning, for which it embeds the sentence."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever

    def fault(self, sentence: str, language: str, sources: Sequence[Source]) -> Fault | None:
        """What is wrong with a sentence (without its markers); None when it may be shown."""
        if found := stated_fault(sentence, language, sources):
            return found
        raw = np.asarray(self._retriever.embeddings.embed_documents([sentence]), np.float32)
        vector = self._retriever.centring.passages(raw)[0]
        return None if closeness(vector, sources) >= NEAR else "meaning"


def closeness(vector: Matrix, sources: Sequence[Source]) -> float:
    """Cosine of a sentence with its sources: with each of them, or all together."""
    together = np.sum([source.vector for source in sources], axis=0)
    together /= max(float(np.linalg.norm(together)), 1e-9)
    return max(float(vector @ together), min(float(vector @ s.vector) for s in sources))


def stated_fault(sentence: str, language: str, sources: Sequence[Source]) -> Fault | None:
    """The first thing that a sentence states and its sources do not; needs no model."""
    checks: tuple[tuple[Fault, Callable[[str, str, Sequence[Source]], bool]], ...] = (
        ("language", _other_language),
        ("link", _adds_link),
        ("name", _adds_name),
        ("number", _adds_number),
        ("date", _adds_date),
        ("negation", _turns_negation),
        ("certainty", _raises_certainty),
    )
    return next((name for name, fails in checks if fails(sentence, language, sources)), None)


def _other_language(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    known = checked_languages()
    if language not in known or any(s.citation.language not in known for s in sources):
        return True
    if detect(sentence) == language:
        return False
    # Names keep the detector from knowing: then the small words decide.
    hits = function_word_hits(sentence)
    return hits[language] == 0 or hits[language] < max(hits.values())


def _adds_link(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    text = "\n".join(source.passage for source in sources)
    links = [link.rstrip(".,;:!?") for link in _LINK.findall(sentence)]
    return _MENTION.search(sentence) is not None or any(link not in text for link in links)


def _adds_name(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    text = "\n".join(source.names for source in sources)
    return bool(unsupported_names(sentence, language, text))


def _adds_number(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    _, rest = stated_dates(sentence, language)
    return not stated_numbers(rest, language) <= _known_numbers(sources)


def _known_numbers(sources: Sequence[Source]) -> set[object]:
    known: set[object] = set()
    for source in sources:
        quote, language = source.citation.quote, source.citation.language
        dates, rest = stated_dates(quote, language)
        # "the 18th" for "18 February", "in 2025" for the year of the article.
        known |= stated_numbers(rest, language) | stated_numbers(quote, language)
        known |= {part for d in dates for part in (d.day, d.year) if part}
        if published := day_of(source.citation.published):
            known |= {published.year}
    return known


def _adds_date(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    wanted, _ = stated_dates(sentence, language)
    known = [
        (
            stated_dates(s.citation.quote, s.citation.language)[0],
            day_of(s.citation.published),
        )
        for s in sources
    ]
    if any(not any(is_stated(day, *each) for each in known) for day in wanted):
        return True
    says_day = cues(language).says_any("day", sentence)
    return says_day and not (
        any(dates for dates, _ in known)
        or any(cues(s.citation.language).says_any("day", s.citation.quote) for s in sources)
    )


def _turns_negation(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    denied = [check_cues(s.citation.language).denies(s.citation.quote) for s in sources]
    if check_cues(language).denies(sentence):
        return not any(denied)
    return all(
        is_denied and _denies_there(sentence, source)
        for is_denied, source in zip(denied, sources, strict=True)
    )


def _denies_there(sentence: str, source: Source) -> bool:
    """Whether the part of a quote that a sentence is about denies; of a quote that has a part that
    doesn't, only the words in common tell which."""
    clauses = relevant_clauses(source.citation.quote, _CLAUSE_ENDS, _share(sentence))
    return not clauses or any(map(check_cues(source.citation.language).denies, clauses))


def _raises_certainty(sentence: str, language: str, sources: Sequence[Source]) -> bool:
    own = _SURENESS[certainty_of(sentence, language)]
    share = _share(sentence)
    theirs = (certainty_of(s.citation.quote, s.citation.language, share) for s in sources)
    return own > max(_SURENESS[each] for each in theirs)


def _share(sentence: str) -> Callable[[str], float]:
    return partial(lexical_share, dict.fromkeys(content_words(sentence), 1.0))
