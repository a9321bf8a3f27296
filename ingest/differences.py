"""What differs between two versions of an article: paragraphs, and the words within them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from vectorstore import Article, Passage

Kind = Literal["added", "changed", "removed", "moved"]

# Of scripts without spaces, a character is a word.
_UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
_TOKEN = re.compile(rf"\s+|{_UNSPACED}|(?:(?!{_UNSPACED})[^\W_])+|\W|_")
# Paragraphs that share fewer of their words than this are two, not one that was changed.
ALIKE = 0.5
# Comparing everything with everything would take seconds; beyond these, all of it has changed.
_NEAR = 20
_MOST_PARAGRAPHS = 500
_MOST_TOKENS = 3_000


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words that stand where others stood; one of both may be empty."""

    before: str
    after: str

    @property
    def same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of one paragraph; numbers count from 1."""

    kind: Kind
    before: str | None
    after: str | None
    paragraph_before: int | None
    paragraph_after: int | None
    words: tuple[WordChange, ...] = ()
    """Of a changed one, in reading order."""

    def to_json(self) -> dict[str, Any]:
        """The object that ``ingest diff --json`` prints."""
        return {
            "change": self.kind,
            "paragraph_before": self.paragraph_before,
            "paragraph_after": self.paragraph_after,
            "before": self.before,
            "after": self.after,
            "words": [[change.before, change.after] for change in self.words],
        }


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A title, a date or the like that is another one now."""

    field: str
    before: str | None
    after: str | None

    def to_json(self) -> dict[str, Any]:
        """The object that ``ingest diff --json`` prints."""
        return {
            "change": "metadata",
            "field": self.field,
            "before": self.before,
            "after": self.after,
        }


_FIELDS = ("title", "language", "published", "url", "site", "author")


def field_changes(before: Article, after: Article) -> list[FieldChange]:
    """What is told otherwise of the article."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in _FIELDS]
    return [FieldChange(name, old, new) for name, old, new in pairs if old != new]


def whole_paragraphs(passages: Sequence[Passage]) -> dict[int, str]:
    """Paragraphs by number, put together again from passages in reading order."""
    paragraphs: dict[int, str] = defaultdict(str)
    for passage in passages:
        # What stood between two passages was space.
        paragraphs[passage.paragraph] = (
            paragraphs[passage.paragraph].ljust(passage.start) + passage.text
        )
    return dict(paragraphs)


def edits(before: Sequence[Passage], after: Sequence[Passage]) -> list[Edit]:
    """What became of the paragraphs that are not the same in the same order, in that of the new
    text; one that went stands where it was."""
    old, new = list(whole_paragraphs(before).items()), list(whole_paragraphs(after).items())
    gone, come = _unmatched(old, new)
    found = [*_moved(gone, come), *_changed(gone, come)]
    found += [Edit("removed", text, None, number, None) for number, text in gone]
    found += [Edit("added", None, text, None, number) for number, text in come]
    return sorted(found, key=lambda edit: edit.paragraph_after or edit.paragraph_before or 0)


def segments(before: str, after: str) -> list[WordChange]:
    """A paragraph in pieces, those that are the same in both texts and those that are not, in
    reading order; joined, they are the texts again."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if max(len(old), len(new)) > _MOST_TOKENS:
        return [WordChange(before, after)]
    found: list[WordChange] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        piece = WordChange("".join(old[i:j]), "".join(new[k:m]))
        # A space between two changes is no reason to tell of two.
        space = tag == "equal" and piece.before.isspace() and j < len(old) and m < len(new)
        if found and (space or tag != "equal") and not found[-1].same:
            last = found.pop()
            piece = WordChange(last.before + piece.before, last.after + piece.after)
        found.append(piece)
    return found


def word_changes(before: str, after: str) -> tuple[WordChange, ...]:
    """Which words of a paragraph stand where others stood, in reading order."""
    changed = [piece for piece in segments(before, after) if not piece.same]
    return tuple(WordChange(piece.before.strip(), piece.after.strip()) for piece in changed)


_Numbered = list[tuple[int, str]]


def _unmatched(old: _Numbered, new: _Numbered) -> tuple[_Numbered, _Numbered]:
    """The paragraphs of both texts that have no equal in the same order in the other."""
    matcher = SequenceMatcher(None, [text for _, text in old], [text for _, text in new])
    gone: _Numbered = []
    come: _Numbered = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            gone += old[i:j]
            come += new[k:m]
    return gone, come


def _moved(gone: _Numbered, come: _Numbered) -> Iterator[Edit]:
    """Takes from both lists what went in one place and came in another."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, text in gone:
        places[text].append(number)
    for number, text in list(come):
        if places[text]:
            was = places[text].pop(0)
            gone.remove((was, text))
            come.remove((number, text))
            yield Edit("moved", text, text, was, number)


def _changed(gone: _Numbered, come: _Numbered) -> Iterator[Edit]:
    """Takes from both lists the pairs that share most of their words."""
    if len(come) > _MOST_PARAGRAPHS or len(gone) > _MOST_PARAGRAPHS:
        return
    left = [(paragraph, _words(paragraph[1])) for paragraph in gone]
    at = 0
    for number, text in list(come):
        near = left[max(0, at - _NEAR) : at + 2 * _NEAR]
        words = _words(text)
        best = max(near, key=lambda one: _shared(one[1], words), default=None)
        if best is None or _shared(best[1], words) < ALIKE:
            continue
        at = left.index(best)
        left.remove(best)
        gone.remove(best[0])
        come.remove((number, text))
        was, before = best[0]
        yield Edit("changed", before, text, was, number, word_changes(before, text))


def likeness(one: str, other: str) -> float:
    """How many of their words two texts share: 1 for all, in whatever order; from ``ALIKE`` on one
    is likely an edit of the other."""
    return _shared(_words(one), _words(other))


def _words(text: str) -> Counter[str]:
    return Counter(token for token in _TOKEN.findall(text.casefold()) if token.isalnum())


def _shared(one: Counter[str], other: Counter[str]) -> float:
    """Twice the words that both have, of all: 1 for the same words."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
