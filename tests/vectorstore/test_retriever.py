import numpy as np
import pytest
from langchain_core.retrievers import BaseRetriever

from ingest.embed import embed_passages
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Passage, PassageVectors, Span, Vectorstore
from vectorstore.centring import Centring, compute_centring
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.lexical import Lexical
from vectorstore.retriever import INTERACTION_WEIGHT

CATALOGS = ("sqlite", "postgres")


@pytest.fixture
def filled(store: Vectorstore) -> Vectorstore:
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    return store


def test_it_is_a_langchain_retriever(filled: Vectorstore) -> None:
    assert isinstance(filled.retriever, BaseRetriever)
    document = filled.retriever.invoke("When will the ferry stop running?")[0]
    assert document.page_content == FERRY[0]
    assert document.metadata["paragraph"] == 1
    assert document.metadata["article_id"] == article().id
    assert document.metadata["score"] == pytest.approx(
        document.metadata["cosine"] + 0.2 * document.metadata["lexical"]
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Why was the bridge closed?", FERRY[1]),
        ("¿Cuándo dejará de funcionar el transbordador?", FERRY[0]),
        ("Кто открыл бассейн?", FERRY[2]),
        ("橋はなぜ閉鎖されたのですか？", FERRY[1]),
    ],
)
def test_questions_find_answers_in_other_languages(
    filled: Vectorstore, question: str, answer: str
) -> None:
    assert filled.retriever.search(question, 1)[0].page_content == answer


def test_audiences_see_the_shared_articles_and_their_own(filled: Vectorstore) -> None:
    secret = "The treasurer of guild one keeps the key of the pool under a stone."
    filled.catalog.replace(article("secret", "guild-1"), embedded(filled.embeddings, [secret]))
    filled.index.apply()

    def seen(audience: str) -> set[str]:
        found = filled.retriever.for_audience(audience).search("Where is the key of the pool?", 9)
        return {document.page_content for document in found}

    assert seen("guild-1") == {*FERRY, secret}
    assert seen("guild-2") == set(FERRY)
    assert seen("shared") == set(FERRY)


def test_a_name_glued_to_another_word_is_lexical_evidence(store: Vectorstore) -> None:
    glued = "Le conseiller est attendu, Mike Waltzet l’envoyé Steve Witkoff."
    store.catalog.replace(article(), embedded(store.embeddings, [*FERRY, glued]))
    passage = store.catalog.passages_of(article().id)[3]
    lexical = Lexical(store.catalog)
    assert passage.id in lexical.candidates("Waltz?", ["shared"], 10)
    shares = lexical.shares("Waltz?", store.catalog.terms([passage.id]))
    assert shares[passage.id] > 0.4


def test_passages_of_others_do_not_take_the_places_of_ones_own(store: Vectorstore) -> None:
    """Also where hundreds of theirs have more of the question's words."""
    vector = PassageVectors(np.zeros(384, np.float32), np.empty((0, 384), np.float32))

    def passage(number: int, text: str) -> tuple[Passage, PassageVectors]:
        return Passage(number, 0, text, (Span(0, len(text)),)), vector

    others = [passage(n, f"The treasurer keeps key {n} of the pool.") for n in range(1, 301)]
    store.catalog.replace(article("others", "guild-2"), others)
    own = passage(1, "Nobody but the captain of the ferry, who is never there, has a key to it.")
    store.catalog.replace(article("own", "guild-1"), [own])
    [kept] = store.catalog.passages_of(article("own", "guild-1").id)
    question = "Which treasurer keeps the key of the pool?"
    lexical = Lexical(store.catalog)
    assert lexical.candidates(question, ["shared", "guild-1"], 20) == {kept.id}
    assert len(lexical.candidates(question, ["shared", "guild-2"], 20)) >= 20


def test_lexical_shares_lie_between_nothing_and_everything(filled: Vectorstore) -> None:
    ids = [p.id for p in filled.catalog.passages_of(article().id)]
    lexical = Lexical(filled.catalog)
    terms = filled.catalog.terms(ids)
    assert set(lexical.shares("", terms).values()) == {0.0}
    assert set(lexical.shares("zzzz qqqq", terms).values()) == {0.0}
    own = lexical.shares(FERRY[0], terms)
    assert 0.4 < own[ids[0]] <= 1
    assert own[ids[1]] < 0.1


def test_the_neighbours_of_a_passage_are_beside_it(filled: Vectorstore) -> None:
    middle = [
        d
        for d in filled.retriever.search("Why was the bridge closed?", 3)
        if d.page_content == FERRY[1]
    ]
    beside = filled.retriever.neighbours("Why was the bridge closed?", middle)
    assert {d.page_content for d in beside} == {FERRY[0], FERRY[2]}


def test_quotes_and_operators_in_a_question_are_words(filled: Vectorstore) -> None:
    for question in ['"ferry" OR NEAR(x', "ferry*", "words:ferry", "'; DROP TABLE passages; --"]:
        assert filled.retriever.search(question, 1)


def test_centring_takes_the_language_out(embeddings: BundledEmbeddings, store: Vectorstore) -> None:
    centring = store.retriever.centring
    gram = centring.basis @ centring.basis.T
    assert np.allclose(gram, np.eye(len(gram)), atol=1e-4)
    same = ["The volcano erupted at night.", "Le volcan est entré en éruption la nuit."]
    other = "The museum was robbed at night."
    raw = np.asarray(embeddings.embed_documents([*same, other]), np.float32)
    one = centring.passages(raw)
    gap, centred_gap = (m[0] @ m[1] - m[0] @ m[2] for m in (raw, one))
    assert centred_gap > 2 * gap


def test_the_shipped_constants_are_those_of_the_parallel_texts(
    embeddings: BundledEmbeddings, store: Vectorstore
) -> None:
    measured = compute_centring(embeddings)
    shipped = store.retriever.centring
    assert np.allclose(measured.passage_mean, shipped.passage_mean, atol=2e-3)
    assert np.allclose(measured.query_mean, shipped.query_mean, atol=2e-3)
    # Single directions may turn among each other; the space that they span may not.
    assert np.allclose(
        measured.basis.T @ measured.basis, shipped.basis.T @ shipped.basis, atol=2e-2
    )
    assert Centring.loads(shipped.dumps()).fingerprint == shipped.fingerprint


def test_the_order_is_that_of_near_and_of_single_words_together(sample_store: Vectorstore) -> None:
    found = sample_store.retriever.search("Who sat at the table in Riyadh for the Americans?", 20)
    orders = [d.metadata["score"] + INTERACTION_WEIGHT * d.metadata["interaction"] for d in found]
    assert orders == sorted(orders, reverse=True)
    assert [d.metadata["score"] for d in found] != sorted(
        (d.metadata["score"] for d in found), reverse=True
    )
    for document in found:
        meta = document.metadata
        assert -1 <= meta["interaction"] <= 1
        assert meta["score"] == pytest.approx(meta["cosine"] + 0.2 * meta["lexical"])


def test_a_passage_without_tokens_is_neither_better_nor_worse_for_it(store: Vectorstore) -> None:
    """Stores of before tokens were kept are searched as well as they were."""
    late = store.late
    assert late
    passages = [passage for passage, _ in embedded(store.embeddings, FERRY)]
    with_tokens = embed_passages(store.embeddings, late, article(), passages, lambda _: None)
    old = PassageVectors(with_tokens[0].passage, with_tokens[0].sentences)
    store.catalog.replace(article(), list(zip(passages, [old, *with_tokens[1:]], strict=True)))
    store.index.apply()
    found = {d.page_content: d.metadata for d in store.retriever.search("Is the ferry to stop?", 3)}
    interactions = [found[text]["interaction"] for text in FERRY]
    assert interactions[0] == pytest.approx(np.mean(interactions[1:]))
    assert next(iter(found)) == FERRY[0]
