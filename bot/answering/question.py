"""What a question asks for, as far as its words tell."""

from dataclasses import dataclass

from bot.answering.cues import cues, languages
from bot.answering.names import CAPITALISES_NOUNS, name_groups
from bot.errors import QuestionError
from ingest.language import UNKNOWN, detect
from vectorstore.searchtext import clean, content_words, function_word_hits

MAX_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what it asks for."""

    text: str
    language: str
    """ISO 639-1, ``und`` when it can't be told."""
    asks: frozenset[str]
    """Of ``what who when where how_many how_long how_old why``, ``list``, ``past``, ``future``,
    ``now``, ``said`` (somebody's words), ``name`` (how something is called), ``money``, and for
    follow-ups ``leans_back``, ``points_back``, ``more``."""
    terms: tuple[str, ...]
    """Folded words that carry a subject."""
    name_groups: tuple[tuple[str, ...], ...]
    """Capitalised words inside the question, those side by side together; none in German."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for group in self.name_groups for name in group)

    @property
    def wants_list(self) -> bool:
        """Whether several people or things may be the answer."""
        return "list" in self.asks

    @property
    def about_the_past(self) -> bool:
        """Whether it takes for granted that something has happened."""
        return "past" in self.asks and "future" not in self.asks


def read_question(text: str) -> Question:
    """Read a question; raises ``QuestionError`` when there is none, or too much of it."""
    cleaned = clean(text)
    if not any(character.isalpha() for character in cleaned):
        raise QuestionError("There is no question to answer; ask one in a sentence.")
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(cleaned):,} characters; please ask in at most "
            f"{MAX_CHARACTERS:,}."
        )
    language, asks = _language_and_asks(cleaned)
    names = () if language in CAPITALISES_NOUNS else tuple(name_groups(cleaned))
    return Question(cleaned, language, asks, tuple(content_words(cleaned)), names)


def _language_and_asks(text: str) -> tuple[str, frozenset[str]]:
    """The detected language, unless another one's question words fit where its own don't."""
    detected = detect(text)
    if detected == UNKNOWN:
        detected = _by_function_words(text)
    asks = cues(detected).asked(text)
    if asks & _KINDS:
        return detected, asks
    for other in languages():
        found = cues(other).asked(text)
        if found & _KINDS and cues(other).opens(_KINDS, text):
            return other, found
    return detected, asks


_KINDS = frozenset(
    {"who", "when", "where", "how_many", "how_long", "how_old", "why", "name", "money"}
)


def _by_function_words(text: str) -> str:
    """The language with most of a question's small words: names keep the detector from knowing."""
    hits = function_word_hits(text)
    most = max(hits.values())
    best = [name for name, count in hits.items() if count == most]
    return best[0] if most and len(best) == 1 else UNKNOWN
