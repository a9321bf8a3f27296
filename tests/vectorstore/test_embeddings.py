from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import make_tiny_model
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import BundledEmbeddings, SentenceTransformerEmbeddings
from vectorstore.errors import EmbeddingsError, EmbeddingsMismatch


def test_the_bundled_model_survives_any_text(embeddings: BundledEmbeddings) -> None:
    texts = ["", "a\0b", "\ud800", "x" * 2_000, "😀" * 10]
    vectors = np.asarray(embeddings.embed_documents(texts))
    assert vectors.shape == (5, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_nul_does_not_cut_a_text_short(embeddings: BundledEmbeddings) -> None:
    whole, cut, same = embeddings.embed_documents(
        ["The ferry\0 stops in October.", "The ferry", "The ferry stops in October."]
    )
    assert np.dot(whole, same) > 0.999 > np.dot(whole, cut)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real sentence-transformers model of 16 dimensions, with prompts, never trained."""
    return make_tiny_model(tmp_path_factory.mktemp("model"))


def test_a_sentence_transformers_model_brings_its_own_prompts(tiny_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embeddings = SentenceTransformerEmbeddings(str(tiny_model))
    plain = SentenceTransformer(str(tiny_model), device="cpu")
    question = embeddings.embed_query("ferry")
    passage = embeddings.embed_documents(["ferry"])[0]
    by_hand = plain.encode("query: ferry", prompt="", normalize_embeddings=True)
    assert np.allclose(question, by_hand, atol=1e-5)
    assert not np.allclose(question, passage, atol=1e-3)


def test_a_store_works_with_it_and_refuses_another_model(tiny_model: Path, tmp_path: Path) -> None:
    settings = VectorstoreSettings(path=tmp_path, embeddings=str(tiny_model))
    store = open_vectorstore(settings)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    assert len(store.retriever.search("ferry", 3)) == 3
    store.close()

    again = open_vectorstore(settings)
    assert len(again.retriever.search("ferry", 3)) == 3
    again.close()
    with pytest.raises(EmbeddingsMismatch, match="can't be compared"):
        open_vectorstore(VectorstoreSettings(path=tmp_path))


def test_an_empty_store_takes_any_model(tmp_path: Path) -> None:
    open_vectorstore(VectorstoreSettings(path=tmp_path)).close()
    with pytest.raises(EmbeddingsError, match="can't be loaded"):
        open_vectorstore(VectorstoreSettings(path=tmp_path, embeddings="no-such-folder/no-model"))


def test_another_model_is_refused_before_it_is_downloaded(tmp_path: Path) -> None:
    store = open_vectorstore(VectorstoreSettings(path=tmp_path))
    store.catalog.replace(article(), embedded(store.embeddings, FERRY[:1]))
    store.close()
    with pytest.raises(EmbeddingsMismatch, match="“BAAI/bge-m3”"):
        open_vectorstore(VectorstoreSettings(path=tmp_path, embeddings="BAAI/bge-m3"))
