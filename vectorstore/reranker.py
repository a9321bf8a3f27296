"""A reranker reads a question and a passage together, and says how well they fit.

Slower than comparing vectors made apart, and better at it: Nogueira & Cho 2019, "Passage Re-ranking
with BERT", arXiv:1901.04085. None is bundled; any sentence-transformers ``CrossEncoder`` will do.
"""

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from vectorstore.errors import RerankerError, because
from vectorstore.searchtext import clean

# Pairs that go through the model at once: passages are short, and memory is for the model.
_BATCH = 16


class Reranker(Protocol):
    """Judges how well passages answer a question."""

    def relevance(self, question: str, passages: Sequence[str]) -> list[float]: ...


class CrossEncoderReranker:
    """Any ``CrossEncoder`` with a single output; safe to call from several threads at once."""

    def __init__(self, model: str) -> None:
        """Load a model by hub name or folder (seconds, and a download at first).

        Raises:
            RerankerError: no such model, it can't be had, or it is no cross-encoder.
        """
        self.name = model
        self._lock = threading.Lock()
        try:
            # 4 s and 400 MB: only where a reranker is chosen.
            from sentence_transformers import CrossEncoder
            from torch.nn import Sigmoid

            # Some models bring no activation, so that their scores have no bounds.
            self._model: Any = CrossEncoder(model, activation_fn=Sigmoid())
        except Exception as error:
            raise RerankerError(
                f"The reranker “{model}” can't be loaded{because(error)}"
            ) from error
        self._check()

    def relevance(self, question: str, passages: Sequence[str]) -> list[float]:
        """For each passage 0 (has nothing to do with the question) to 1 (answers it).

        What is longer than the model reads is cut at its end.

        Raises:
            RerankerError: the model fails on a text.
        """
        asked = clean(question)
        pairs = [(asked, clean(passage)) for passage in passages]
        try:
            # Its tokenizer is set up anew for each call, which fails while another thread uses it.
            with self._lock:
                scores = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        except Exception as error:
            raise RerankerError(f"The reranker “{self.name}” failed on a text: {error}.") from error
        return [float(score) for score in scores]

    def _check(self) -> None:
        """A model of another kind loads as well: with a random last layer, or with classes."""
        config = getattr(self._model.model, "config", None)
        kinds = getattr(config, "architectures", None) or [""]
        if not kinds[0].endswith(("ForSequenceClassification", "ForCausalLM")) or (
            self._model.num_labels != 1
        ):
            raise RerankerError(
                f"The model “{self.name}” is no reranker: VECTORSTORE_RERANKER takes a "
                "cross-encoder with one output, for instance BAAI/bge-reranker-v2-m3."
            )
