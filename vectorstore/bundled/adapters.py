"""What makes a reader of the embedding model: small additions to its upper layers, and two heads.

Of each matrix a product of two thin ones is added (LoRA: Hu et al. 2021, arXiv:2106.09685), so that
2 MB are shipped and not another model. ``python -m evaluation reader`` makes the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from math import pi, sqrt
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from vectorstore.article import Matrix
from vectorstore.bundled.weights import Shape
from vectorstore.errors import EmbeddingsError

SHIPPED = Path(str(files(__package__).joinpath("reader.npz")))


class Tensors(Protocol):
    """Where the encoder's numbers come from."""

    @property
    def shape(self) -> Shape: ...
    def tensor(self, name: str) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class Head:
    """A layer with GELU, and one number of it."""

    inner: Matrix
    """(numbers inside, width of what is given)"""
    inner_bias: Matrix
    outer: Matrix
    outer_bias: float

    def __call__(self, rows: Matrix) -> Matrix:
        inside = rows @ self.inner.T + self.inner_bias
        # GELU by tanh: Hendrycks & Gimpel 2016, arXiv:1606.08415.
        cubic = sqrt(2 / pi) * (inside + 0.044715 * inside**3)
        found: Matrix = 0.5 * inside * (1 + np.tanh(cubic)) @ self.outer + self.outer_bias
        return found


@dataclass(frozen=True)
class Adapters:
    """The file's parts."""

    parts: Mapping[str, NDArray[np.float16]]

    @staticmethod
    def load(path: Path = SHIPPED) -> "Adapters":
        """Raises ``EmbeddingsError``."""
        try:
            # numpy leaves a file that it opened itself open where it is damaged.
            with path.open("rb") as file, np.load(file) as parts:
                return Adapters(dict(parts))
        except (OSError, ValueError, BadZipFile) as error:
            raise EmbeddingsError(f"The reader {path} can't be read: {error}.") from error

    @cached_property
    def fingerprint(self) -> str:
        digest = sha256()
        for name in sorted(self.parts):
            digest.update(name.encode() + self.parts[name].tobytes())
        return digest.hexdigest()[:16]

    @cached_property
    def first_layer(self) -> int:
        """Below it nothing is added."""
        return min(int(name[1:].split(".")[0]) for name in self.parts if name[0] == "l")

    @property
    def roles(self) -> Matrix:
        """Rows that are added to the states below ``first_layer``: of the question's tokens, and
        of the passage's."""
        return self._part("roles")

    @cached_property
    def sentence(self) -> Head:
        """Of a sentence's mean and greatest states: log odds that it answers."""
        return self._head("sentence")

    @cached_property
    def none(self) -> Head:
        """Of the state of ``<s>``: log odds that no sentence answers."""
        return self._head("none")

    def added_to(self, tensors: Tensors) -> Tensors:
        return _Adapted(tensors, self)

    def addition(self, name: str) -> Matrix | None:
        """What is added to a tensor, (out, in)."""
        if f"{name}.down" not in self.parts:
            return None
        return self._part(f"{name}.up") @ self._part(f"{name}.down")

    def _part(self, name: str) -> Matrix:
        return self.parts[name].astype(np.float32)

    def _head(self, name: str) -> Head:
        inner, bias, outer = (self._part(f"{name}.{p}") for p in ("inner", "inner_bias", "outer"))
        return Head(inner, bias, outer, float(self.parts[f"{name}.outer_bias"][0]))


@dataclass(frozen=True, slots=True)
class _Adapted:
    """Tensors with the additions."""

    plain: Tensors
    adapters: Adapters

    @property
    def shape(self) -> Shape:
        return self.plain.shape

    def tensor(self, name: str) -> Matrix:
        own = self.plain.tensor(name)
        added = self.adapters.addition(name)
        return own if added is None else own.reshape(added.shape) + added
