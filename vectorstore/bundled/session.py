"""The encoder's graph in ONNX Runtime: built once, then read from a folder.

A file's name tells the weights and the recipe that it was built of, so that what an update leaves
behind is never read, and ends in the beginning of its own SHA-256, so that damage is seen.
"""

import logging
from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path

import onnxruntime
from filelock import FileLock
from platformdirs import user_cache_path

from vectorstore.bundled.adapters import Adapters
from vectorstore.bundled.weights import Weights
from vectorstore.errors import EmbeddingsError, because

RECIPE = 1
"""Counted up with every change of what ``graph.py`` builds."""
_DIGITS = 16
_log = logging.getLogger(__name__)


def open_session(
    weights: Weights, cache: Path | None, adapters: Adapters | None = None
) -> onnxruntime.InferenceSession:
    """The encoder, or the one that ``adapters`` make of it, ready to run.

    ``cache`` is the user's cache folder unless it is given.

    Raises:
        EmbeddingsError: ONNX Runtime can't run it.
    """
    folder = cache or user_cache_path("newsdesk", appauthor=False)
    name = f"e5-small-int8-{weights.fingerprint}-{RECIPE}"
    if adapters:
        name = f"e5-small-reader-int8-{weights.fingerprint}-{adapters.fingerprint}-{RECIPE}"

    def build() -> bytes:
        # Only here: onnx is imported once in the life of an installation.
        from vectorstore.bundled.graph import encoder

        return encoder(weights, adapters)

    graph: str | bytes
    try:
        graph = str(_cached(build, folder, name))
    except OSError as error:
        _log.warning(
            "The embedding model is built anew at every start, because %s can't be used%s "
            "Point VECTORSTORE_MODEL_CACHE at a folder that can be written.",
            folder,
            because(error),
        )
        graph = build()
    options = _options(prepacked=adapters is None)
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise EmbeddingsError(
            f"The bundled embedding model can't be run{because(error)}"
        ) from error


def _options(*, prepacked: bool) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    # The caller has a thread for each text. Threads of the session's own, which spin while they
    # wait, cost seconds on a busy machine.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not prepacked:
        # The weights as they are: a twentieth slower, and 10 MB less.
        options.add_session_config_entry("session.disable_prepacking", "1")
    return options


def _cached(build: Callable[[], bytes], folder: Path, name: str) -> Path:
    """The graph's file, which is written if it is missing or damaged; raises ``OSError``."""
    found = _whole(folder, name)
    if found is None:
        folder.mkdir(parents=True, exist_ok=True)
        # Of several processes that start at once, one builds and the others wait a second.
        with FileLock(folder / f"{name}.lock"):
            found = _whole(folder, name) or _write(folder, name, build())
    return found


def _whole(folder: Path, name: str) -> Path | None:
    for path in folder.glob(f"{name}-*.onnx"):
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        if path.stem == f"{name}-{digest[:_DIGITS]}":
            return path
    return None


def _write(folder: Path, name: str, graph: bytes) -> Path:
    """Whole or not at all; for the owner of the lock."""
    for damaged in folder.glob(f"{name}-*.onnx"):
        damaged.unlink()
    part = folder / f"{name}.part"
    part.write_bytes(graph)
    return part.replace(folder / f"{name}-{sha256(graph).hexdigest()[:_DIGITS]}.onnx")
