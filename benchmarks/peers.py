"""What people would otherwise ask, over the same passages and made-up vectors: only the way of a
question is timed. Neither chooses sentences or refuses. A process of its own, which prints JSON."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.asking import Timed, megabytes, questions

PEERS = ("Chroma and e5", "LangChain, Chroma and MiniLM")
_PASSAGES = 3
_CHUNKS = 4
"""What LangChain's vector stores return by default."""


def main(peer: str, path: Path, began: float) -> None:
    """``path``: of a filled store that no other process has open."""
    search = _chroma_and_e5(path) if peer == PEERS[0] else _tutorial(path)
    asked = questions()
    search(asked[0])
    first = time.time() - began
    wall, processor = [], []
    for question in asked[1:]:
        since, spent = time.perf_counter(), time.process_time()
        search(question)
        wall.append(1000 * (time.perf_counter() - since))
        processor.append(1000 * (time.process_time() - spent))
    sys.stdout.write(json.dumps(asdict(Timed(first, wall, processor, megabytes()))))


def _client(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path / "chroma", Settings(anonymized_telemetry=False))


def _chroma_and_e5(path: Path) -> Callable[[str], Any]:
    from vectorstore.embeddings import BundledEmbeddings

    collection = _client(path).get_collection("shared", embedding_function=None)
    embeddings = BundledEmbeddings()

    def search(question: str) -> Any:
        return collection.query(
            query_embeddings=[embeddings.embed_query(question)], n_results=_PASSAGES
        )

    return search


def _tutorial(path: Path) -> Callable[[str], Any]:
    from langchain_chroma import Chroma

    from evaluation.peers import minilm
    from vectorstore.embeddings import SentenceTransformerEmbeddings

    store = Chroma(
        client=_client(path),
        collection_name="shared",
        embedding_function=SentenceTransformerEmbeddings(minilm()),
        create_collection_if_not_exists=False,
    )
    return lambda question: store.similarity_search(question, k=_CHUNKS)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
