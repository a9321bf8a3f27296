"""The network that is trained: the bundled model in torch, low-rank additions and two heads.

It computes what ``vectorstore.bundled.reader`` does from the file that is written of it; additions
to the upper layers as in LoRA (Hu et al. 2021, arXiv:2106.09685). The model itself stays as it is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from evaluation.errors import EvaluationError
from vectorstore.bundled.inputs import Inputs
from vectorstore.bundled.reader import Pair, Readable, paired, question_tokens
from vectorstore.bundled.weights import Weights

_MATRICES = ("q", "k", "v", "ao", "fi", "fo")
"""Of a layer: all of them get an addition."""
_NORMS = ("aln", "oln")
_ROLES = 2
"""The question's tokens and the passage's."""
_SENTENCE_WIDTH, _NONE_WIDTH = 128, 64
_SCALE = 2.0
"""LoRA's α over its rank."""
_MOST_TOKENS = 400
"""Of a pair: what is longer is cut, for time grows with the square."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What the file's shapes follow from."""

    rank: int = 16
    first_layer: int = 4
    """Below it nothing is added: what a word means needs no question."""


class ReaderNetwork:
    """Gives the sentences of passages log odds; not safe to use from several threads."""

    def __init__(self, architecture: Architecture | None = None, dropout: float = 0.1) -> None:
        """Its numbers are drawn from torch's generator; raises ``EmbeddingsError``."""
        self._made = architecture or Architecture()
        self._dropout = dropout
        self._weights = Weights()
        self._shape = self._weights.shape
        self._inputs = Inputs(self._weights)
        self._fixed = self._frozen()
        self.parts: dict[str, torch.Tensor] = self._drawn()
        """What is trained, by the names that ``Adapters`` reads."""

    def pair(self, question: str, passage: Readable) -> Pair:
        """As the runtime makes it, but cut earlier."""
        asked = question_tokens(self._inputs, question)
        return paired(self._inputs, asked, passage, _MOST_TOKENS)

    def logits(self, pairs: Sequence[Pair], *, training: bool = False) -> list[torch.Tensor]:
        """Of each pair: of no answer, and of each sentence up to the last that is read.

        While it trains, numbers are dropped, and the layers compute in 16 bits.
        """
        inputs = self._inputs.batch([pair.ids for pair in pairs])
        embedded = torch.from_numpy(inputs["embedded"])
        width = embedded.shape[1]
        lengths = torch.from_numpy(inputs["lengths"])
        mask = (torch.arange(width)[None] < lengths[:, None])[:, None, None]
        roles = (torch.arange(width)[None] >= torch.tensor([[p.question] for p in pairs])).long()
        with torch.autocast("cpu", torch.bfloat16, enabled=training):
            states = self._encoded(embedded, mask, roles, self._dropout if training else 0.0)
        return [
            self._judged(own[: len(pair.ids)], torch.from_numpy(pair.sentence_of))
            for own, pair in zip(states.float(), pairs, strict=True)
        ]

    def write(self, path: Path) -> None:
        """In half precision, as ``Adapters.load`` reads it; raises ``EvaluationError``."""
        numbers = {name: part.detach().numpy() for name, part in self.parts.items()}
        for name in numbers:
            if name.endswith(".up"):
                numbers[name] = numbers[name] * _SCALE
        halves = {name: part.astype(np.float16) for name, part in numbers.items()}
        try:
            with path.open("wb") as file:
                np.savez_compressed(file, **halves)
        except OSError as error:
            raise EvaluationError(f"{path} can't be written ({error.strerror}).") from error

    def _frozen(self) -> dict[str, torch.Tensor]:
        """The model's own numbers, matrices as (out, in)."""
        names = ["emb.ln.w", "emb.ln.b"]
        for layer in range(self._shape.layers):
            names += [f"l{layer}.{n}.{part}" for n in (*_NORMS, *_MATRICES) for part in "bw"]
        found = {name: torch.from_numpy(self._weights.tensor(name).copy()) for name in names}
        for name in names:
            if name.split(".")[1] in _MATRICES and name.endswith(".w"):
                found[name] = found[name].reshape(len(found[f"{name[:-1]}b"]), -1)
        return found

    def _drawn(self) -> dict[str, torch.Tensor]:
        """At first nothing is added: the model reads as it always did."""
        rank, width = self._made.rank, self._shape.width
        parts = {"roles": torch.zeros(_ROLES, width)}
        for layer in range(self._made.first_layer, self._shape.layers):
            for name in (f"l{layer}.{matrix}.w" for matrix in _MATRICES):
                out, taken = self._fixed[name].shape
                parts[f"{name}.down"] = torch.randn(rank, taken) / math.sqrt(taken)
                parts[f"{name}.up"] = torch.zeros(out, rank)
        parts |= _head("sentence", 2 * width, _SENTENCE_WIDTH)
        parts |= _head("none", width, _NONE_WIDTH)
        return {name: part.requires_grad_() for name, part in parts.items()}

    def _encoded(
        self, states: torch.Tensor, mask: torch.Tensor, roles: torch.Tensor, dropout: float
    ) -> torch.Tensor:
        with torch.no_grad():
            states = self._normalised("emb.ln", states)
            for layer in range(self._made.first_layer):
                states = self._layer(layer, states, mask, 0.0)
        states = states.float() + self.parts["roles"][roles]
        for layer in range(self._made.first_layer, self._shape.layers):
            states = self._layer(layer, states, mask, dropout)
        return states

    def _layer(
        self, layer: int, states: torch.Tensor, mask: torch.Tensor, dropout: float
    ) -> torch.Tensor:
        texts, tokens, width = states.shape
        heads = self._shape.heads

        def of_heads(matrix: str) -> torch.Tensor:
            rows = self._linear(f"l{layer}.{matrix}", states)
            return rows.view(texts, tokens, heads, width // heads).transpose(1, 2)

        context = functional.scaled_dot_product_attention(
            of_heads("q"), of_heads("k"), of_heads("v"), attn_mask=mask
        )
        context = context.transpose(1, 2).reshape(texts, tokens, width)
        attended = self._linear(f"l{layer}.ao", context)
        attended = functional.dropout(attended, dropout)
        states = self._normalised(f"l{layer}.aln", states + attended)
        inner = functional.gelu(self._linear(f"l{layer}.fi", states))
        out = functional.dropout(self._linear(f"l{layer}.fo", inner), dropout)
        return self._normalised(f"l{layer}.oln", states + out)

    def _linear(self, name: str, rows: torch.Tensor) -> torch.Tensor:
        plain = functional.linear(rows, self._fixed[f"{name}.w"], self._fixed[f"{name}.b"])
        if f"{name}.w.down" not in self.parts:
            return plain
        down, up = self.parts[f"{name}.w.down"], self.parts[f"{name}.w.up"]
        return plain + _SCALE * functional.linear(functional.linear(rows, down), up)

    def _normalised(self, name: str, rows: torch.Tensor) -> torch.Tensor:
        weight, bias = self._fixed[f"{name}.w"], self._fixed[f"{name}.b"]
        return functional.layer_norm(rows, weight.shape, weight, bias, self._shape.epsilon)

    def _judged(self, states: torch.Tensor, sentence_of: torch.Tensor) -> torch.Tensor:
        pooled = []
        for sentence in range(int(sentence_of.max()) + 1):
            own = states[sentence_of == sentence]
            # A sentence of nothing but what has no token.
            own = own if len(own) else states[:1]
            pooled.append(torch.cat([own.mean(dim=0), own.max(dim=0).values]))
        none = self._weighed("none", states[:1])
        return torch.cat([none, self._weighed("sentence", torch.stack(pooled))])

    def _weighed(self, head: str, rows: torch.Tensor) -> torch.Tensor:
        inner, bias, outer, outer_bias = (self.parts[f"{head}.{name}"] for name in _HEAD)
        return functional.gelu(functional.linear(rows, inner, bias)) @ outer + outer_bias


_HEAD = ("inner", "inner_bias", "outer", "outer_bias")


def _head(name: str, taken: int, inside: int) -> dict[str, torch.Tensor]:
    """Drawn as torch's ``Linear`` draws its own."""
    shapes = ((inside, taken), (inside,), (inside,), (1,))
    limits = (taken, taken, inside, inside)
    return {
        f"{name}.{part}": (torch.rand(shape) * 2 - 1) / math.sqrt(limit)
        for part, shape, limit in zip(_HEAD, shapes, limits, strict=True)
    }
