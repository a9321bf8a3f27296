"""From texts to what the encoder takes."""

from collections.abc import Sequence

import numpy as np

from vectorstore.bundled.tokenizer import Integers, Tokenizer, Tokens
from vectorstore.bundled.weights import Weights
from vectorstore.searchtext import clean

_QUERY, _PASSAGE = "query:", "passage:"
"""What multilingual-e5 was trained with before its questions and passages."""


class Inputs:
    """The model's tokens, and their embeddings; safe to use from several threads."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._tokenizer = Tokenizer(weights.vocabulary)
        shape = weights.shape
        self.positions = shape.positions
        """As many tokens as the model takes at once."""
        places = weights.tensor("emb.pos").reshape(shape.positions, shape.width)
        self._places = places + weights.tensor("emb.type")[: shape.width]
        self.query, self.passage = (self._tokenizer(text).ids for text in (_QUERY, _PASSAGE))
        self.begin = np.array([weights.vocabulary.begin], np.int32)
        self.end = np.array([weights.vocabulary.end], np.int32)

    def tokens(self, text: str) -> Tokens:
        """Those of ``clean(text)``."""
        return self._tokenizer(clean(text))

    def batch(self, texts: Sequence[Integers]) -> dict[str, np.ndarray]:
        """Inputs of the encoder, for the ids of texts with ``begin`` and ``end``."""
        lengths = [len(ids) for ids in texts]
        embedded = np.zeros((len(texts), max(lengths), self._weights.shape.width), np.float32)
        for row, ids in zip(embedded, texts, strict=True):
            row[: len(ids)] = self._weights.words(ids) + self._places[: len(ids)]
        return {"embedded": embedded, "lengths": np.array(lengths, np.int32)}
