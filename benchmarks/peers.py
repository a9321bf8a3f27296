"""What people would otherwise ask, over the same passages and made-up vectors: only the way of a
question is timed. None chooses sentences or refuses. A process of its own, which prints JSON."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.timed import Timed, asked_together, megabytes, questions

PACKAGES = ("langchain-chroma", "llama-index-vector-stores-chroma")
"""That they need; see pyproject.toml, ``evaluation``."""
Search = Callable[[str], Any]
_PASSAGES = 3
_CHUNKS = 4
"""What LangChain's vector stores return by default."""


def main(peer: str, path: Path, began: float) -> None:
    """``path``: of a filled store that no other process has open."""
    search = PEERS[peer](path)
    asked = questions()
    search(asked[0])
    first = time.time() - began
    wall, processor = [], []
    for question in asked[1:]:
        since, spent = time.perf_counter(), time.process_time()
        search(question)
        wall.append(1000 * (time.perf_counter() - since))
        processor.append(1000 * (time.process_time() - spent))
    together = asked_together(search, asked)
    sys.stdout.write(json.dumps(asdict(Timed(first, wall, processor, together, megabytes()))))


def _client(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path / "chroma", Settings(anonymized_telemetry=False))


def _collection(path: Path) -> Any:
    return _client(path).get_collection("shared", embedding_function=None)


def _chroma(path: Path) -> Search:
    from vectorstore.embeddings import BundledEmbeddings

    collection = _collection(path)
    embeddings = BundledEmbeddings()

    def search(question: str) -> Any:
        return collection.query(
            query_embeddings=[embeddings.embed_query(question)], n_results=_PASSAGES
        )

    return search


def _langchain(path: Path) -> Search:
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


def _llama_index(path: Path) -> Search:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from vectorstore.embeddings import BundledEmbeddings

    embeddings = BundledEmbeddings()

    class Bundled(BaseEmbedding):  # type: ignore[misc]  # mypy does not read LlamaIndex
        def _get_query_embedding(self, query: str) -> list[float]:
            return embeddings.embed_query(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return embeddings.embed_query(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return embeddings.embed_documents([text])[0]

    store = ChromaVectorStore(chroma_collection=_collection(path))
    index = VectorStoreIndex.from_vector_store(store, embed_model=Bundled())
    # As many as it takes by default: two.
    retrieve: Search = index.as_retriever().retrieve
    return retrieve


PEERS: dict[str, Callable[[Path], Search]] = {
    "Chroma and e5": _chroma,
    "LangChain, Chroma and MiniLM": _langchain,
    "LlamaIndex, Chroma and e5": _llama_index,
}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
