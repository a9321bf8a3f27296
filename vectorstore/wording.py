"""Whether two texts say the same in the same words.

One other word is another statement: a number, a name, a "not", "rose" for "fell". So nothing counts
as the same but what an editor does to wire copy without touching what it says: case, spaces,
typographic marks, the agency's dateline, a mended typo.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vectorstore.article import Passage
from vectorstore.searchtext import clean

# Words; what a number is of, and its sign; what makes a question, or somebody's words, of it.
_TOKEN = re.compile(r"[^\W_]+|[%‰°$€£¥₹₽₩?]|(?<!\w)[-−–](?=\d)|\"")
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_AGENCIES = (
    "Reuters|AP|AFP|dpa|EFE|ANSA|Lusa|TASS|Xinhua|PTI|Kyodo|UPI|Bloomberg|PAP|APA|SDA|ATS|Belga|ANP"
    "|Interfax|Ukrinform|Europa Press|Associated Press|Agence France-Presse"
)
_DATELINE = re.compile(rf"^[^()]{{0,50}}\((?:{_AGENCIES})(?:[/,] ?\w+)?\)\s*[-–—]{{1,2}}\s+", re.I)
# Of a shorter word or sentence one letter tells too much.
_TYPO_LETTERS = 5
_TYPO_SENTENCE = 6
_WORDS_A_TYPO = 10


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text and the marks that change what it says, in their order."""

    folded: tuple[str, ...]
    """In lower case; with accents: "wurde" reports and "würde" does not."""
    written: tuple[str, ...]

    def same_as(self, other: "Wording") -> bool:
        """Whether nothing differs but typos: one letter too much, missing, or beside its place."""
        if self.folded == other.folded:
            return bool(self.folded)
        if len(self.folded) != len(other.folded) or len(self.folded) < _TYPO_SENTENCE:
            return False
        different = [
            pair for pair in zip(self.written, other.written, strict=True) if _differ(*pair)
        ]
        most = max(1, len(self.folded) // _WORDS_A_TYPO)
        return len(different) <= most and all(_typo(*pair) for pair in different)


def wording(text: str) -> Wording:
    """The words of a text, without a dateline such as "MOSCOW, 18 Feb (Reuters) -"."""
    shown = _DATELINE.sub("", clean(text)).translate(_QUOTATION_MARKS)
    written = tuple(_TOKEN.findall(shown))
    return Wording(tuple(word.casefold() for word in written), written)


def sentence_wordings(passage: Passage) -> list[Wording]:
    """Those of a passage's sentences, in reading order."""
    return [wording(text) for text in passage.sentence_texts]


def covers(one: Sequence[Wording], other: Sequence[Wording]) -> bool:
    """Whether every sentence of the other text is one of the first too."""
    return all(any(mine.same_as(theirs) for mine in one) for theirs in other)


def says(sentences: Sequence[Wording], quote: Wording) -> bool:
    """Whether a quote, of one sentence or several, is the same as sentences that follow each
    other; a part of a sentence is not what the sentence says."""
    length = len(quote.folded)
    for first in range(len(sentences)):
        folded: tuple[str, ...] = ()
        written: tuple[str, ...] = ()
        for sentence in sentences[first:]:
            folded += sentence.folded
            written += sentence.written
            if len(folded) >= length:
                break
        if Wording(folded, written).same_as(quote):
            return True
    return False


def _differ(one: str, other: str) -> bool:
    return one.casefold() != other.casefold()


def _typo(one: str, other: str) -> bool:
    """Whether one of two words is the other mistyped.

    Never in a number or a name, which begins with a capital; not at a word's ends, where one letter
    makes a plural or an opposite; not one letter for another ("woman", "women").
    """
    short, long = sorted((one, other), key=len)
    if len(short) < _TYPO_LETTERS or not (short.isalpha() and long.isalpha()):
        return False
    if not (short.islower() and long.islower()) or short[0] != long[0] or short[-1] != long[-1]:
        return False
    if len(short) == len(long):
        at = next(i for i in range(len(short)) if short[i] != long[i])
        return long == short[:at] + short[at + 1] + short[at] + short[at + 2 :]
    return any(long[:i] + long[i + 1 :] == short for i in range(1, len(long) - 1))
