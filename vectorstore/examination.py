"""Whether a local Chroma index is whole, found out in a process of its own.

Chroma's graph is native code: a damaged file can crash its reader, let it loop for ever, or make it
ask for all the memory. Here it takes nobody along.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from vectorstore import rows
from vectorstore.article import Matrix
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.change_log import ChangeLog

# A whole index of 100,000 passages takes a tenth of that.
_SECONDS = 30.0
_SECONDS_A_PASSAGE = 0.002
_MEMORY = 8_000_000_000
_PAGE = 2_000
# The graph is approximate and may miss one. Stored in half precision in the catalog, a vector's
# cosine with the index's is a little under 1.
_PROBES = 200
_PROBES_MISSED = 10
_SAME = 0.999
_TICK = 0.05


def examine(
    folder: Path, catalog: Catalog, centring: Centring, ending: threading.Event
) -> str | None:
    """What is wrong with the index in a folder that nobody has open, a sentence; None: nothing.

    Only collections of this catalog and these constants are looked at: the others are made anew
    anyway. ``ending``: nobody needs the result any more.
    """
    passages = sum(catalog.count(audience) for audience in catalog.audiences())
    seconds = _SECONDS + _SECONDS_A_PASSAGE * passages
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "vectorstore.examination"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": _import_path()},
    )
    at = catalog.at if isinstance(catalog.at, str) else str(catalog.at.resolve())
    # By its standard input: an address may have a password in it.
    asked = json.dumps([str(folder), at, centring.dumps()]).encode()
    output, late = _output(child, asked, seconds, ending)
    if ending.is_set():
        return None
    if late:
        return f"Reading the Chroma index did not end within {seconds:.0f} seconds."
    if child.returncode != 0 or not output:
        return f"Reading the Chroma index crashed (status {child.returncode})."
    problem: str | None = json.loads(output)
    return problem


def _output(
    child: subprocess.Popen[bytes], asked: bytes, seconds: float, ending: threading.Event
) -> tuple[bytes, bool]:
    """What the child writes until it ends or is killed, and whether it took too long."""
    late = threading.Event()

    def end_in_time() -> None:
        # A Popen's own timeout would not notice that nobody waits any more.
        for _ in range(int(seconds / _TICK)):
            if ending.wait(_TICK) or child.poll() is not None:
                break
        else:
            late.set()
        child.kill()

    guard = threading.Thread(target=end_in_time, daemon=True)
    guard.start()
    output, _ = child.communicate(asked)
    guard.join()
    return output, late.is_set()


def main() -> None:
    """Read what ``examine`` asks from standard input, and write what is wrong as JSON."""
    _limit_memory()
    folder, path, constants = json.load(sys.stdin)
    catalog = Catalog(path if "://" in path else Path(path))
    try:
        problem = _problem(folder, catalog, Centring.loads(constants))
    except Exception as error:
        problem = f"The Chroma index can't be read: {type(error).__name__}: {error}."
    finally:
        catalog.close()
    json.dump(problem, sys.stdout)
    sys.stdout.flush()
    # What a damaged index does to the interpreter at its end says nothing more.
    os._exit(0)


def _problem(folder: str, catalog: Catalog, centring: Centring) -> str | None:
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import NotFoundError

    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    for audience in catalog.audiences():
        try:
            collection = client.get_collection(audience, embedding_function=None)
        except NotFoundError:
            continue
        noted = collection.metadata or {}
        ours = noted.get("catalog") == catalog.id
        if ours and noted.get("centring") == centring.fingerprint:
            problem = _problem_of(collection, audience, catalog, centring)
            if problem:
                return problem
    return None


def _problem_of(collection: Any, audience: str, catalog: Catalog, centring: Centring) -> str | None:
    """What is wrong with a collection of this catalog: it must have the passages that it notes to
    have, with their vectors, and find them."""
    applied = int((collection.metadata or {}).get("applied", 0))
    ids, stored = _held(collection)
    expected, raw = _expected(catalog, audience, applied)
    if lacking := expected.keys() - ids.keys():
        return f"The Chroma index lacks {len(lacking)} of {len(expected)} passages of “{audience}”."
    unknown = ids.keys() - expected.keys() - _written_after(catalog, audience, applied)
    if unknown:
        return f"The Chroma index has {len(unknown)} passages that “{audience}” does not."
    if not expected:
        return None
    centred = centring.passages(raw)
    own = np.stack([stored[ids[i]] for i in expected])
    wrong = int((~(np.einsum("ij,ij->i", own, centred) > _SAME)).sum())
    if wrong:
        return f"The Chroma index has other vectors for {wrong} passages of “{audience}”."
    return _unfound(collection, audience, centred)


def _held(collection: Any) -> tuple[dict[int, int], Matrix]:
    """The places of the passages by id, and all vectors, as the index has them."""
    ids: list[str] = []
    parts: list[Matrix] = []
    for offset in range(0, collection.count(), _PAGE):
        got = collection.get(limit=_PAGE, offset=offset, include=["embeddings"])
        ids += got["ids"]
        parts.append(np.asarray(got["embeddings"], np.float32))
    vectors = np.concatenate(parts) if parts else np.empty((0, 0), np.float32)
    return {int(i): place for place, i in enumerate(ids)}, vectors


def _expected(catalog: Catalog, audience: str, applied: int) -> tuple[dict[int, int], Matrix]:
    """What the index must have: places by id, and the raw vectors."""
    found = catalog.query(
        "SELECT id, vector FROM passages WHERE audience = ? AND sequence <= ?", (audience, applied)
    )
    places = {row["id"]: place for place, row in enumerate(found)}
    return places, rows.matrix(row["vector"] for row in found)


def _written_after(catalog: Catalog, audience: str, applied: int) -> set[int]:
    """Passages that the index may have as they were before: rewritten or removed since."""
    found = catalog.query(
        "SELECT id FROM passages WHERE audience = ? AND sequence > ?", (audience, applied)
    )
    return {row["id"] for row in found} | ChangeLog(catalog).removed_after(audience, applied)


def _unfound(collection: Any, audience: str, vectors: Matrix) -> str | None:
    probes = vectors[:: max(1, len(vectors) // _PROBES)][:_PROBES]
    found = collection.query(query_embeddings=probes, n_results=1, include=["distances"])
    # By distance: equal paragraphs have equal vectors.
    near = [bool(hits) and 1 - hits[0] > _SAME for hits in found["distances"]]
    missed = near.count(False)
    if missed > len(near) * _PROBES_MISSED // 100:
        return f"The Chroma index does not find {missed} of {len(near)} passages of “{audience}”."
    return None


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError, OSError):  # Windows, and systems that know no such limit
        return


def _import_path() -> str:
    """Where this package is, also where only the current folder said so."""
    root = Path(__file__).parents[1]
    return os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))


if __name__ == "__main__":
    main()
