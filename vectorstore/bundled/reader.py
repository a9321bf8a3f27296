"""A reader: which sentence of a passage answers a question, or that none does.

Vectors made apart tell what a sentence is about; whether it has the fact that is asked for is seen
only by reading both together. A near miss, "In which hotel …?", is as near as an answer. The
embedding model with small additions (see ``adapters``) reads question and passage in one pass, and
weighs its sentences against no answer, as readers of SQuAD 2.0 do with spans (Devlin et al. 2019,
arXiv:1810.04805; Rajpurkar et al. 2018, arXiv:1806.03822).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from vectorstore.article import Matrix
from vectorstore.bundled.adapters import Adapters
from vectorstore.bundled.engine import Engine, batches, threads
from vectorstore.bundled.inputs import Inputs
from vectorstore.bundled.session import open_session
from vectorstore.bundled.tokenizer import Integers
from vectorstore.errors import EmbeddingsError

# What it was trained with.
_QUESTION_TOKENS = 60
_TITLE_TOKENS = 40
_UNREAD = -10.0
"""Log odds of a sentence that begins beyond what the model takes."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A passage, to be read."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage as tokens."""

    ids: Integers
    sentence_of: Integers
    """Of each token; −1 for none."""
    question: int
    """How many of the tokens are the question's."""


def question_tokens(given: Inputs, question: str) -> Integers:
    """What is read of a question."""
    return given.tokens(question).ids[:_QUESTION_TOKENS]


def paired(given: Inputs, question: Integers, passage: Readable, most: int) -> Pair:
    """A question's tokens and a passage together, cut to ``most`` tokens."""
    asked = [given.begin, given.query, question, given.end]
    title = given.tokens(passage.title).ids[:_TITLE_TOKENS] if passage.title else ()
    head = np.concatenate([*asked, given.passage, np.array(title, np.int32)])
    sentences = [given.tokens(sentence).ids for sentence in passage.sentences]
    lengths = np.array([len(ids) for ids in sentences], np.intp)
    numbers = np.repeat(np.arange(len(sentences)), lengths)
    ids = np.concatenate([head, *sentences])[: most - 1]
    sentence_of = np.concatenate([np.full(len(head), -1), numbers])[: most - 1]
    return Pair(
        np.concatenate([ids, given.end]),
        np.append(sentence_of, -1).astype(np.int32),
        sum(map(len, asked)),
    )


class Reader:
    """Safe to call from several threads at once."""

    def __init__(
        self, engine: Engine, cache: Path | None = None, adapters: Adapters | None = None
    ) -> None:
        """Load it, and build it where ``cache`` (see ``open_session``) has none yet.

        ``adapters`` are the shipped ones unless they are given.

        Raises:
            EmbeddingsError: it is missing or damaged, or ONNX Runtime refuses it.
        """
        self._engine = engine
        self._adapters = adapters or Adapters.load()
        self._session = open_session(engine.weights, cache, self._adapters)
        # Of its own: a question does not wait behind an ingest.
        self._threads = threads("reading")

    def read(self, question: str, passages: Sequence[Readable]) -> list[Matrix]:
        """For each passage the log odds of each of its sentences, against that none answers.

        Raises:
            EmbeddingsError: the model fails on a text.
        """
        given = self._engine.inputs
        asked = question_tokens(given, question)
        pairs = [paired(given, asked, passage, given.positions) for passage in passages]
        parts = batches([len(pair.ids) for pair in pairs])

        def run(batch: Sequence[int]) -> list[Matrix]:
            return self._run(pairs, passages, batch)

        try:
            # A thread a batch, as for embedding.
            found = list(self._threads.map(run, parts))
        except Exception as error:
            raise EmbeddingsError(f"The reader failed on a text: {error}.") from error
        odds = dict(zip(chain(*parts), chain(*found), strict=True))
        return [odds[n] for n in range(len(pairs))]

    def _run(
        self, pairs: Sequence[Pair], passages: Sequence[Readable], batch: Sequence[int]
    ) -> list[Matrix]:
        chosen = [pairs[n] for n in batch]
        inputs = self._engine.inputs.batch([pair.ids for pair in chosen])
        roles = np.ones(inputs["embedded"].shape[:2], np.int64)
        for row, pair in zip(roles, chosen, strict=True):
            row[: pair.question] = 0
        states = self._session.run(None, {**inputs, "roles": roles})[0]
        return [
            self._odds(own[: len(pairs[n].ids)], pairs[n], len(passages[n].sentences))
            for n, own in zip(batch, states, strict=True)
        ]

    def _odds(self, states: Matrix, pair: Pair, sentences: int) -> Matrix:
        odds = np.full(sentences, _UNREAD, np.float32)
        none = self._adapters.none(states[:1])[0]
        for n in np.unique(pair.sentence_of[pair.sentence_of >= 0]):
            own = states[pair.sentence_of == n]
            pooled = np.concatenate([own.mean(axis=0), own.max(axis=0)])
            odds[n] = self._adapters.sentence(pooled[np.newaxis])[0] - none
        return odds
