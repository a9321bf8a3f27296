"""XLM-RoBERTa's tokenizer: the most probable pieces of each word (Kudo 2018, arXiv:1804.10959).

Written out here because the libraries for it build a tree of all 250,000 pieces at every start:
tokenizers takes 1.2 s and 257 MB, sentencepiece 0.7 s and 66 MB, this dictionary 0.3 s and 58 MB.
Words repeat, so the pieces of a word are remembered.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vectorstore.bundled.weights import Vocabulary

_SPACE = "\u2581"
"""Stands for a space inside pieces; no piece has one but at its beginning."""
_UNKNOWN_PENALTY = 10.0
"""How much less probable a character without a piece is than the rarest piece (sentencepiece)."""
_REMEMBERED_WORDS = 1 << 16

Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens, without ``<s>`` and ``</s>``."""

    ids: Integers
    starts: Integers
    ends: Integers
    """Half-open ranges of characters of the text. The space before a word belongs to none; a token
    that is nothing else, or a replacement of nothing, has an empty range."""


class Tokenizer:
    """Cuts texts into the pieces of a vocabulary; safe to use from several threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._ids = vocabulary.ids
        self._unknown = vocabulary.unknown
        self._scores = memoryview(vocabulary.scores.astype("f").tobytes()).cast("f")
        self._unknown_score = float(vocabulary.scores.min()) - _UNKNOWN_PENALTY
        self._longest = max(map(len, vocabulary.ids))
        self._replacements = vocabulary.replacements
        self._pieces = lru_cache(_REMEMBERED_WORDS)(self._most_probable)

    def __call__(self, text: str) -> Tokens:
        """The tokens of a text, a space before it included: none or one make no difference."""
        plain, origins = self._replaced(text)
        ids: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for word in plain.split(" "):
            pieces, word_ends = self._pieces(word)
            ids += pieces
            starts.append(at)
            starts += [at + end for end in word_ends[:-1]]
            ends += [at + end for end in word_ends]
            at += len(word) + 1
        return Tokens(np.array(ids, np.int32), *_located(starts, ends, origins))

    def _replaced(self, text: str) -> tuple[str, list[int] | None]:
        """The text as the pieces know it, and where each of its characters came from."""
        if text.translate(self._replacements) == text and "  " not in text and text[:1] != " ":
            return text, None
        characters: list[str] = []
        origins: list[int] = []
        for index, character in enumerate(text):
            for new in self._replacements.get(ord(character), character):
                if new != " " or (characters and characters[-1] != " "):
                    characters.append(new)
                    origins.append(index)
        return "".join(characters), [*origins, len(text)]

    def _most_probable(self, word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Viterbi's algorithm: the pieces of a word and the characters of it up to each one's end.

        A character that no piece has is one unknown token.
        """
        marked = _SPACE + word
        length = len(marked)
        best = [0.0] + [-np.inf] * length
        last: list[tuple[int, int]] = [(0, 0)] * (length + 1)
        for start in range(length):
            before = best[start]
            for end in range(start + 1, min(start + self._longest, length) + 1):
                piece = self._ids.get(marked[start:end])
                # The name of the unknown token is no piece.
                if piece is None or piece == self._unknown:
                    continue
                if before + self._scores[piece] > best[end]:
                    best[end] = before + self._scores[piece]
                    last[end] = piece, start
            if before + self._unknown_score > best[start + 1]:
                best[start + 1] = before + self._unknown_score
                last[start + 1] = self._unknown, start
        pieces, ends = [], []
        while length:
            ends.append(length - 1)
            piece, length = last[length]
            pieces.append(piece)
        return tuple(reversed(pieces)), tuple(reversed(ends))


def _located(
    starts: list[int], ends: list[int], origins: list[int] | None
) -> tuple[Integers, Integers]:
    first, last = np.array(starts, np.int32), np.array(ends, np.int32)
    if origins is None:
        return first, last
    places = np.array(origins, np.int32)
    after = np.where(last > first, places[np.maximum(last, 1) - 1] + 1, places[first])
    return places[first], after.astype(np.int32)
