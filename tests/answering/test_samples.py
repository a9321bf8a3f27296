"""The sample articles: a story over several days, in four languages, from announcement to event."""

import re

import pytest

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.errors import QuestionError
from vectorstore import Vectorstore


@pytest.fixture(scope="module")
def answerer(sample_store: Vectorstore) -> Answerer:
    return Answerer(sample_store.catalog, sample_store.retriever)


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


def test_who_attended_is_answered_from_reports(answerer: Answerer) -> None:
    answer = answerer.answer("Who attended the Saudi talks?")
    assert answer.status == "answered"
    assert all(
        name in quotes(answer) for name in ("Rubio", "Waltz", "Witkoff", "Lavrov", "Ushakov")
    )
    assert "expected" not in {citation.certainty for citation in answer.citations}
    assert all((citation.published or "") >= "2025-02-18" for citation in answer.citations)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        # No word for a meeting is the island of Réunion.
        ("chi ha convocato la riunione d'emergenza a Parigi?", ["Emmanuel Macron"]),
        # What a colon introduces.
        ("what did the US and Russia agree on?", ["high-level teams", "economic cooperation"]),
        ("¿A qué compromisos llegaron Estados Unidos y Rusia en Riad?", ["equipos de alto nivel"]),
    ],
)
def test_what_the_articles_tell_is_quoted(
    answerer: Answerer, question: str, words: list[str]
) -> None:
    assert all(word in quotes(answerer.answer(question)) for word in words)


def test_who_was_expected_is_answered_from_announcements(answerer: Answerer) -> None:
    answer = answerer.answer("Who is expected at the talks in Saudi Arabia?")
    assert answer.certainty == "expected"
    assert "Rubio" in quotes(answer)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Where were the talks held?", "Diriyah"),
        ("Combien de temps ont duré les pourparlers ?", "quatre heures et demie"),
        ("Wie lange dauerten die Gespräche?", "viereinhalb Stunden"),
        ("¿Cuánto duró la reunión?", "cuatro horas y media"),
        ("When will the Kestrel Bridge reopen?", "14 November"),
    ],
)
def test_facts(answerer: Answerer, question: str, words: str) -> None:
    assert words in quotes(answerer.answer(question))


def test_a_day_that_the_quote_only_names_is_given_a_date(answerer: Answerer) -> None:
    assert "18 February 2025" in answerer.answer("When did the talks in Riyadh take place?").text


@pytest.mark.parametrize(
    "question", ["How long did the talks last?", "¿Cuánto duraron las conversaciones de Riad?"]
)
def test_papers_that_disagree_are_both_quoted_the_newest_first(
    answerer: Answerer, question: str
) -> None:
    answer = answerer.answer(question)
    assert "six hours" in answer.citations[0].quote
    assert any("half" in c.quote or "media" in c.quote for c in answer.citations[1:])
    assert [c.published for c in answer.citations] == sorted(
        (c.published for c in answer.citations), key=str, reverse=True
    )
    assert answer.text.startswith("**")


def test_papers_that_agree_are_not_said_to_differ(answerer: Answerer) -> None:
    answer = answerer.answer("When will the Kestrel Bridge reopen?")
    assert "do not agree" not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "In which hotel did the delegations stay?",
        "Dans quel hôtel logeaient les délégations à Riyad ?",
        "In welchem Hotel wohnte die amerikanische Delegation in Riad?",
        "What was the weather like in Riyadh during the talks?",
        "What is Rubio's wife called?",
        "What did the pope say about the talks in Riyadh?",
        "¿Cuánto costó el palacio de Diriyah?",
        "How many journalists were at Diriyah palace?",
    ],
)
def test_what_no_article_states_is_not_answered(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert answer.status == "not_in_articles"
    assert answer.nearest


def test_a_pronoun_brings_the_sentence_before_it(answerer: Answerer) -> None:
    answer = answerer.answer("Quand Zelensky a-t-il repoussé sa visite en Arabie saoudite ?")
    cited = [c.quote for c in answer.citations]
    [pronoun] = [n for n, quote in enumerate(cited) if quote.startswith("Il a repoussé")]
    assert cited[pronoun - 1].startswith("À Ankara, où il était reçu")


def test_a_correction_is_quoted_whole(answerer: Answerer) -> None:
    answer = answerer.answer("Did Kellogg sit at the table in Riyadh?")
    for citation in answer.citations:
        if "earlier version" in citation.quote:
            assert "Mr Kellogg was in Brussels" in citation.quote
            break
    else:
        pytest.fail("the correction is not cited")


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "How old is Marco Rubio?",
        "How many French soldiers were sent to Riyadh?",
        "What did Canada say about the Kestrel Bridge?",
        "Quel âge a Steve Witkoff ?",
    ],
)
def test_what_the_articles_do_not_tell(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert answer.status == "not_in_articles", answer.text
    assert 1 <= len(answer.nearest) <= 3


def test_every_marker_has_its_citation(answerer: Answerer) -> None:
    for question in ("Who attended the Saudi talks?", "Why was the bridge closed?"):
        answer = answerer.answer(question)
        markers = {int(n) for n in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)}
        assert markers == {citation.marker for citation in answer.citations}


def test_the_json_has_exactly_the_promised_keys(answerer: Answerer) -> None:
    answer = answerer.answer("Who attended the Saudi talks?").to_json()
    assert list(answer) == [
        "question",
        "language",
        "status",
        "answer",
        "mode",
        "certainty",
        "citations",
        "nearest",
        "seconds",
    ]
    assert list(answer["citations"][0]) == [
        "marker",
        "article_id",
        "title",
        "source",
        "url",
        "published",
        "language",
        "paragraph",
        "quote",
        "start",
        "end",
        "score",
    ]


@pytest.mark.parametrize(
    "question", ["hello?", "thanks!", "ok", "lol", "why", "asdf qwer", "What can you do?"]
)
def test_what_is_no_question_about_the_news(answerer: Answerer, question: str) -> None:
    assert answerer.answer(question).status == "not_in_articles"


@pytest.mark.parametrize(
    "question", ["Witkoff", "Kestrel Bridge", "summit date?", "Riad", "petrels"]
)
def test_a_word_or_two_are_enough(answerer: Answerer, question: str) -> None:
    assert answerer.answer(question).status == "answered"


@pytest.mark.parametrize("question", ["", "   ", "?!", "[1]", "1234", "\0", "x" * 1001])
def test_what_is_no_question(answerer: Answerer, question: str) -> None:
    with pytest.raises(QuestionError):
        answerer.answer(question)


def test_an_empty_store_says_so(store: Vectorstore) -> None:
    answer = Answerer(store.catalog, store.retriever).answer("Who attended the Saudi talks?")
    assert (answer.status, answer.text) == ("not_in_articles", "There are no articles yet.")
    assert answer.nearest == ()
