"""A real cross-encoder, made and trained here, through the setting that names it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.errors import RerankerError
from vectorstore.reranker import CrossEncoderReranker

# Nothing about a bridge: without the reranker it is far behind.
PREFERRED = FERRY[2]
QUESTION = "Why was the bridge closed?"
_WORDS = ["ferry", "pont", "bürgermeisterin", "schwimmbad", "bridge", "secret"]


def save_encoder(folder: Path, *, labels: int | None) -> Path:
    """A BERT of 16 dimensions with so many outputs, not trained; None: without a last layer."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

    torch.manual_seed(1)
    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [*letters, *(f"##{letter}" for letter in letters)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", *_WORDS, *pieces]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizer(vocab=str(folder / "vocab.txt"), strip_accents=False)
    tokenizer.model_max_length = 64
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=labels or 1,
    )
    kind = BertForSequenceClassification if labels else BertModel
    kind(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder that has learnt to approve of one passage, whatever the question."""
    import torch
    from sentence_transformers import CrossEncoder

    folder = save_encoder(tmp_path_factory.mktemp("reranker") / "untrained", labels=1)
    model = CrossEncoder(str(folder), device="cpu")
    pairs = [(QUESTION, f"Ferry. {text}") for text in FERRY]
    encoded = model.tokenizer(
        [q for q, _ in pairs],
        [p for _, p in pairs],
        padding=True,
        truncation=True,
        return_tensors="pt",
    )
    wanted = torch.tensor([[float(text == PREFERRED)] for text in FERRY])
    optimizer = torch.optim.Adam(model.model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            model.model(**encoded).logits, wanted
        )
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    model.save_pretrained(str(folder.parent / "trained"))
    return folder.parent / "trained"


def filled(path: Path, reranker: str | None = None) -> Vectorstore:
    store = open_vectorstore(VectorstoreSettings(path=path, reranker=reranker))
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    return store


def test_the_setting_reorders_and_leaves_scores_alone(trained: Path, tmp_path: Path) -> None:
    plain = filled(tmp_path / "plain")
    without = plain.retriever.search(QUESTION, 3)
    plain.close()
    assert without[0].page_content == FERRY[1]
    assert all("reranked" not in document.metadata for document in without)

    store = filled(tmp_path / "reranked", str(trained))
    reranked = store.retriever.search(QUESTION, 3)
    one = store.retriever.for_audience("guild-1").search(QUESTION, 1)
    store.close()
    assert reranked[0].page_content == one[0].page_content == PREFERRED
    assert 0.9 < reranked[0].metadata["reranked"] <= 1
    assert all(0 <= document.metadata["reranked"] < 0.1 for document in reranked[1:])
    scores = {d.page_content: d.metadata["score"] for d in without}
    assert {d.page_content: d.metadata["score"] for d in reranked} == pytest.approx(scores)


def test_an_empty_store_has_nothing_to_reorder(trained: Path, tmp_path: Path) -> None:
    store = open_vectorstore(VectorstoreSettings(path=tmp_path, reranker=str(trained)))
    assert store.retriever.search(QUESTION, 3) == []
    store.close()


def test_who_only_ingests_does_not_load_it(tmp_path: Path) -> None:
    settings = VectorstoreSettings(path=tmp_path, reranker="no-such-folder/no-model")
    open_vectorstore(settings, rerank=False).close()
    with pytest.raises(RerankerError, match="“no-such-folder/no-model” can't be loaded"):
        open_vectorstore(settings)
    # Nothing of the store that could not be opened is left open.
    open_vectorstore(settings, rerank=False).close()


@pytest.mark.parametrize("labels", [None, 3])
def test_a_model_of_another_kind_is_refused(tmp_path: Path, labels: int | None) -> None:
    folder = save_encoder(tmp_path / "other", labels=labels)
    with pytest.raises(RerankerError, match="is no reranker"):
        CrossEncoderReranker(str(folder))


def test_several_threads_ask_at_once_and_texts_may_be_anything(trained: Path) -> None:
    reranker = CrossEncoderReranker(str(trained))
    passages = [f"Ferry. {text}" for text in FERRY] + ["", "\ud800\0", "schwimmbad " * 500]
    alone = reranker.relevance(QUESTION, passages)
    assert len(alone) == len(passages)
    with ThreadPoolExecutor(4) as threads:
        together = list(
            threads.map(lambda n: reranker.relevance(QUESTION, passages * (n % 3 + 1)), range(12))
        )
    for found in together:
        assert found[: len(alone)] == pytest.approx(alone, abs=1e-4)
