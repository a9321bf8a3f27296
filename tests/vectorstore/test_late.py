"""Late interaction: a question's words against the tokens of sentences."""

from collections.abc import Sequence

import numpy as np
import pytest

from ingest.sentences import sentences
from vectorstore import LateInteraction, Passage, QuestionTokens
from vectorstore.article import Matrix, Span
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.late import Constants
from vectorstore.searchtext import clean

BRIDGE = (
    "The bridge will stay closed until Friday. Nearly 17,000 cars cross it on a weekday. "
    "The mayor, Ana Duarte, apologised to the shopkeepers."
)
PONT = (
    "Le pont restera fermé jusqu’à vendredi. Près de 17 000 voitures l’empruntent chaque jour. "
    "La maire, Ana Duarte, a présenté ses excuses aux commerçants."
)


@pytest.fixture(scope="module")
def late() -> LateInteraction:
    return LateInteraction(BundledEmbeddings(), Constants.shipped())


def passage(text: str, language: str) -> Passage:
    return Passage(1, 0, text, tuple(sentences(text, language)))


def matched(
    late: LateInteraction, text: str, language: str, asked: str
) -> tuple[QuestionTokens, Matrix]:
    read = passage(text, language)
    (kept,) = late.embed("Bridge. ", [read])
    question = late.question(asked)
    return question, late.matches(question, kept.tokens, len(read.sentences))


def best(found: tuple[QuestionTokens, Matrix]) -> int:
    question, rows = found
    return int(np.argmax([question.score(row) for row in rows]))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("Until when is the bridge closed?", 0),
        ("How many cars use it?", 1),
        ("Who said sorry to the shops?", 2),
        ("Jusqu’à quand le pont est-il fermé ?", 0),
        ("Wie viele Autos fahren dort täglich?", 1),
        ("¿Quién pidió perdón a los comerciantes?", 2),
    ],
)
def test_the_sentence_with_the_words_of_the_question_comes_first(
    late: LateInteraction, asked: str, sentence: int
) -> None:
    assert best(matched(late, BRIDGE, "en", asked)) == sentence
    assert best(matched(late, PONT, "fr", asked)) == sentence


def test_the_vector_is_that_of_the_head_and_the_passage(late: LateInteraction) -> None:
    (found,) = late.embed("Bridge. ", [passage(BRIDGE, "en")])
    (alone,) = BundledEmbeddings().embed_documents([f"Bridge. {BRIDGE}"])
    assert float(found.passage @ np.array(alone)) > 0.999


def test_a_sentence_has_a_vector_that_knows_the_passage(late: LateInteraction) -> None:
    text = "Ana Duarte became mayor in May. She apologised to the shopkeepers. …"
    read = passage(text, "en")
    (found,) = late.embed("", [read])
    assert found.sentences.shape == (len(read.sentences), len(found.passage))
    assert np.allclose(np.linalg.norm(found.sentences, axis=1), 1.0, atol=1e-5)
    model = BundledEmbeddings()
    asked = np.array(model.embed_query("What did Ana Duarte say to the shopkeepers?"))
    alone = np.array(model.embed_documents([read.sentence_texts[1]])[0])
    assert float(found.sentences[1] @ asked) > float(alone @ asked)


def test_a_single_sentence_has_the_vector_of_its_passage(late: LateInteraction) -> None:
    (found,) = late.embed("Bridge. ", [passage("Ana Duarte became mayor in May.", "en")])
    assert not len(found.sentences)


def test_tokens_are_kept_with_their_sentence_and_small_words_are_not(late: LateInteraction) -> None:
    (found,) = late.embed("", [passage("It is of the. Bridges burn.", "en")])
    sentence_of, vectors = late.vectors(found.tokens)
    assert set(sentence_of) == {1}
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("text", ["…", "?!", "𓀀𓀁", "a\u0301 \u200b b", "字" * 700, "9"])
def test_any_text_is_kept_and_any_question_read(late: LateInteraction, text: str) -> None:
    question, rows = matched(late, text, "und", text)
    assert rows.shape == (len(passage(text, "und").sentences), len(question.vectors))
    assert np.isfinite([question.score(row) for row in rows]).all()


@pytest.mark.parametrize(
    "text", [BRIDGE, PONT, "One two. Three… „four“. Five-6.", "2022 So. What?"]
)
def test_what_cleaning_takes_away_moves_no_sentence(late: LateInteraction, text: str) -> None:
    plain = passage(clean(text), "en")
    inside = plain.text.replace(" ", "\u2009 ")
    spans = []
    for span in plain.sentences:
        start, end = (at + plain.text[:at].count(" ") for at in (span.start, span.end))
        spans.append(Span(start, end))
    spaced = Passage(1, 0, inside, tuple(spans))
    one, other = late.embed("Bridge. ", [plain, spaced])
    assert one.tokens == other.tokens
    assert np.array_equal(one.sentences, other.sentences)


def test_nothing_kept_matches_nothing(late: LateInteraction) -> None:
    question = late.question("Who?")
    assert (late.matches(question, b"", 2) == -1.0).all()


def test_a_word_is_the_mean_of_its_tokens() -> None:
    unit: Sequence[list[float]] = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    question = QuestionTokens(np.array(unit, "f4"), np.array([0, 0, 1]), ("bridge", "the"))
    assert question.by_word(np.array([0.2, 0.4, 1.0], "f4")) == pytest.approx([0.3, 1.0])
    assert question.score(np.array([0.2, 0.4, 1.0], "f4")) == pytest.approx((0.3 + 0.3) / 1.3)
    # A token that is wholly known elsewhere counts next to nothing.
    known = np.array([1.0, 1.0, 0.0], "f4")
    assert question.score(np.array([0.2, 0.4, 1.0], "f4"), known) == pytest.approx(0.306 / 0.32)
