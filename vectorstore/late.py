"""Late interaction: each word of a question against the words of a sentence, in any language.

A sentence's vector says what the sentence is about as a whole; the states that the model has of its
single tokens, made in one pass over the whole passage, say whether it has this word of the
question. The best match of each question token, averaged, is ColBERT's score (Khattab & Zaharia
2020, arXiv:2004.12832). multilingual-e5 was not trained for it; centred, and projected to a quarter
of its dimensions, its tokens order sentences better than all other evidence together
(`python -m evaluation golden`).

The same pass gives a sentence's vector, the mean of its tokens ("late chunking": Günther et al.
2024, arXiv:2409.04701). Unlike one that is made from the sentence alone it knows what "he" and
"there" refer to, and it costs nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.article import Matrix, Passage, PassageVectors, unit
from vectorstore.bundled import TokenStates
from vectorstore.errors import PassageDamaged
from vectorstore.searchtext import WORD, clean, fold, function_words

# A function word matches something everywhere, but it also tells "who" from "when".
_FUNCTION_WORD = 0.3
# So much of a token may be known elsewhere; something of each is left.
_MOST_KNOWN = 0.98
_REMEMBERED_QUESTIONS = 64
_REMEMBERED_WORDS = 1 << 14
_NUMBERED = np.dtype("<u2")
_CONSTANTS = "late-bundled.npz"


class StatesModel(Protocol):
    """An embedding model that shows the states of its tokens."""

    def states(self, texts: Sequence[str], *, query: bool) -> list[TokenStates]: ...


@dataclass(frozen=True, slots=True)
class Constants:
    """Of one model: what is taken away from the states, and where the rest is projected."""

    passage_mean: Matrix
    query_mean: Matrix
    projection: Matrix
    """Shape (dimensions of the model, dimensions that are kept); what a language adds is gone."""

    @property
    def token_bytes(self) -> int:
        """What each token takes of what the store keeps of a passage."""
        return _NUMBERED.itemsize + int(self.projection.shape[1])

    @staticmethod
    def shipped() -> "Constants":
        """Those of the bundled model."""
        with files(__package__).joinpath(_CONSTANTS).open("rb") as file:
            parts = {name: part.astype(np.float32) for name, part in np.load(file).items()}
        return Constants(**parts)


@dataclass(frozen=True)
class QuestionTokens:
    """A question's tokens, ready to be matched."""

    vectors: Matrix
    """Unit rows."""
    word_of: NDArray[np.intp]
    """Which word each token is a part of."""
    words: tuple[str, ...]
    """Folded."""

    def score(self, matches: Matrix, known: Matrix | None = None) -> float:
        """How well a text has the question's words, from −1 to 1; ``matches`` is a row of
        ``LateInteraction.matches``.

        ``known`` is another row: the better it has a token, the less that counts.
        """
        weights = self._token_weights
        if known is not None:
            left = weights * (1 - np.clip(known, 0, _MOST_KNOWN))
            weights = left / left.sum()
        return float(matches @ weights)

    def passage_score(self, matches: Matrix) -> float:
        """The same of a passage, all rows together: half for what the passage has, half for what
        its best sentence has. Words that stand close together are about each other."""
        best = float((matches @ self._token_weights).max())
        return (self.score(matches.max(axis=0)) + best) / 2

    def by_word(self, matches: Matrix) -> Matrix:
        """The mean match of each word's tokens."""
        count = len(self.words)
        sums = np.bincount(self.word_of, matches, count)
        found: Matrix = (sums / np.bincount(self.word_of, minlength=count)).astype(np.float32)
        return found

    @cached_property
    def _token_weights(self) -> Matrix:
        """Sum to 1. A word counts the same, however many tokens it has."""
        small = function_words()
        words = np.array([_FUNCTION_WORD if w in small else 1.0 for w in self.words], np.float32)
        tokens = (words / np.bincount(self.word_of, minlength=len(words)))[self.word_of]
        weights: Matrix = (tokens / words.sum()).astype(np.float32)
        return weights


class LateInteraction:
    """Token vectors of passages and questions; safe to call from several threads at once."""

    def __init__(self, model: StatesModel, constants: Constants) -> None:
        self._model = model
        self._constants = constants
        self._question = lru_cache(_REMEMBERED_QUESTIONS)(self._tokens_of)

    def embed(self, head: str, passages: Sequence[Passage]) -> list[PassageVectors]:
        """What the store keeps of passages that are read after ``head``."""
        states = self._model.states([head + p.text for p in passages], query=False)
        return [self._vectors_of(p, head, own) for p, own in zip(passages, states, strict=True)]

    def question(self, text: str) -> QuestionTokens:
        return self._question(text)

    def _vectors_of(self, passage: Passage, head: str, states: TokenStates) -> PassageVectors:
        text = clean(head + passage.text)
        sentence_of = _sentences(passage, head, text, states)
        tokens = self._kept(text, states, sentence_of)
        return PassageVectors(states.vector, _means(passage, states, sentence_of), tokens)

    def _kept(self, text: str, states: TokenStates, sentence_of: NDArray[np.intp]) -> bytes:
        """Of each token that carries a subject the sentence that it is in, then their vectors in 8
        bits."""
        known = self._constants
        kept = _carrying(text, states) & (sentence_of >= 0)
        vectors = _projected(states.tokens[kept], known.passage_mean, known.projection)
        # Only the direction counts: the largest component may fill the 8 bits.
        largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0.0), 1e-9)
        rounded = np.round(vectors / largest * 127).astype(np.int8)
        return bytes(sentence_of[kept].astype(_NUMBERED).tobytes() + rounded.tobytes())

    def matches(self, question: QuestionTokens, stored: bytes, sentences: int) -> Matrix:
        """Shape (sentences, tokens of the question): each token's best match in each sentence, a
        cosine; −1 in a sentence of which no token is kept."""
        found = np.full((sentences, len(question.vectors)), -1.0, np.float32)
        with _reading():
            sentence_of, cosines = self._cosines(question, stored)
            np.maximum.at(found, sentence_of, cosines)
        return found

    def passage_score(self, question: QuestionTokens, stored: bytes) -> float:
        """``QuestionTokens.passage_score`` of what the store keeps of a passage, which is not
        nothing."""
        with _reading():
            sentence_of, cosines = self._cosines(question, stored)
            begins = np.flatnonzero(np.diff(sentence_of, prepend=-1))
            return question.passage_score(np.maximum.reduceat(cosines, begins))

    def _cosines(
        self, question: QuestionTokens, stored: bytes
    ) -> tuple[NDArray[np.uint16], Matrix]:
        sentence_of, vectors = self.vectors(stored)
        return sentence_of, vectors @ question.vectors.T

    def vectors(self, stored: bytes) -> tuple[NDArray[np.uint16], Matrix]:
        """Which sentence each token that was kept is in, and its unit vector."""
        width = self._constants.projection.shape[1]
        count = len(stored) // (_NUMBERED.itemsize + width)
        sentence_of = np.frombuffer(stored, _NUMBERED, count)
        rows = np.frombuffer(stored, np.int8, offset=count * _NUMBERED.itemsize)
        return sentence_of, unit(rows.reshape(count, width).astype(np.float32))

    def _tokens_of(self, text: str) -> QuestionTokens:
        states = self._model.states([text], query=True)[0]
        cleaned = clean(text)
        word_of, words = _words(cleaned, states)
        kept = word_of >= 0
        if not kept.any():
            # "?!" has no words.
            kept, word_of, words = np.ones_like(kept), np.zeros_like(word_of), [cleaned]
        known = self._constants
        vectors = _projected(states.tokens[kept], known.query_mean, known.projection)
        used, numbered = np.unique(word_of[kept], return_inverse=True)
        return QuestionTokens(vectors, numbered, tuple(fold(words[i]) for i in used))


@contextmanager
def _reading() -> Iterator[None]:
    """What can't be read of a passage's tokens as ``PassageDamaged``."""
    try:
        yield
    except (IndexError, ValueError) as error:
        raise PassageDamaged("a passage's tokens") from error


def _words(text: str, states: TokenStates) -> tuple[NDArray[np.intp], list[str]]:
    """The words of a text, and which of them each token is in; −1 for none."""
    spans = [match.span() for match in WORD.finditer(text)]
    ends = np.array([end for _, end in spans], np.intp)
    word_of = np.searchsorted(ends, states.starts, side="right")
    begins = np.array([start for start, _ in spans] + [len(text)], np.intp)
    within = begins[np.minimum(word_of, len(spans))] < states.ends
    return np.where(within & (word_of < len(spans)), word_of, -1), [text[a:b] for a, b in spans]


def _carrying(text: str, states: TokenStates) -> NDArray[np.bool_]:
    """Whether each token is in a word that carries a subject."""
    word_of, words = _words(text, states)
    carries = np.array([_is_content(word) for word in words] + [False])
    kept: NDArray[np.bool_] = carries[word_of]
    return kept if kept.any() else word_of >= 0


@lru_cache(_REMEMBERED_WORDS)
def _is_content(word: str) -> bool:
    return fold(word) not in function_words()


def _sentences(passage: Passage, head: str, text: str, states: TokenStates) -> NDArray[np.intp]:
    """Which sentence each token is in; −1 for the head's.

    ``text`` is cleaned, the sentences' places are not: what is the same in both is how many
    characters stand before a place, spaces left out.
    """
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    before = np.concatenate(([0], np.cumsum(points != ord(" "))))
    middles = (before[states.starts] + before[states.ends]) / 2
    whole = head + passage.text
    places = [len(head), *(len(head) + span.end for span in passage.sentences)]
    if text == whole:
        # What cleaning leaves as it is, it leaves in every part.
        begin, *ends = before[places]
    else:
        begin, *ends = (_without_spaces(whole[:place]) for place in places)
    found = np.searchsorted(np.array(ends), middles, side="right")
    found = np.minimum(found, len(ends) - 1)
    return np.where(middles < begin, -1, found)


def _means(passage: Passage, states: TokenStates, sentence_of: NDArray[np.intp]) -> Matrix:
    """The vector of each sentence; no rows where there is only one."""
    count = len(passage.sentences)
    if count < 2:
        return np.empty((0, states.tokens.shape[1]), np.float32)
    member = sentence_of == np.arange(count)[:, np.newaxis]
    sums = member.astype(np.float32) @ states.tokens
    # What is no word to the model, such as a row of symbols, has the vector of its passage.
    sums[~member.any(axis=1)] = states.vector
    return unit(sums)


def _without_spaces(text: str) -> int:
    return len(clean(text).replace(" ", ""))


def _projected(states: Matrix, mean: Matrix, projection: Matrix) -> Matrix:
    return unit(unit(states - mean) @ projection)
