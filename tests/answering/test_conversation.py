"""Questions that lean on the one before, asked of the sample articles."""

import pytest

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.answering.conversation import Turn, carried, follows, leaned_on
from bot.answering.question import read_question
from tests.bot_discord.examples import answer as example
from vectorstore import Vectorstore


@pytest.fixture(scope="module")
def answerer(sample_store: Vectorstore) -> Answerer:
    return Answerer(sample_store.catalog, sample_store.retriever)


def ask(answerer: Answerer, *questions: str) -> list[Answer]:
    """The answers of one conversation."""
    turns: list[Turn] = []
    for question in questions:
        turns.append(Turn(question, answerer.answer(question, conversation=turns)))
    return [turn.answer for turn in turns]


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "And who else?"),
        ("en", "When was that?"),
        ("en", "Why?"),
        ("en", "Who else?"),
        ("en", "How long did it last?"),
        ("en", "What did he say about Ukraine?"),
        ("en", "And in Ukraine?"),
        ("en", "How long did that meeting last?"),
        ("en", "How much will that cost?"),
        ("en", "Which countries?"),
        ("en", "What happened next?"),
        ("fr", "Et où ?"),
        ("fr", "Et quand ?"),
        ("fr", "Qui d’autre ?"),
        ("fr", "Combien de temps ont-ils duré ?"),
        ("fr", "Quand a eu lieu cette réunion ?"),
        ("es", "¿Y cuándo?"),
        ("es", "¿Quién más?"),
        ("es", "¿Por qué?"),
        ("es", "¿Qué dijo ella?"),
        ("de", "Und warum?"),
        ("de", "Wer noch?"),
        ("de", "Wie lange dauerte das?"),
        ("de", "Was sagte er über die Ukraine?"),
        ("it", "E quando?"),
        ("it", "Chi altro?"),
        ("it", "Perché?"),
        ("pt", "E onde?"),
        ("pt", "Quem mais?"),
        ("pt", "O que ele disse?"),
    ],
)
def test_follows(language: str, question: str) -> None:
    assert follows(read_question(question), language)


SELF_CONTAINED = [
    ("en", "When will the Kestrel Bridge reopen?"),
    ("en", "Where is the bridge?"),
    ("en", "Who said that the cracks were not dangerous?"),
    ("en", "When did Zelensky say he would come?"),
    ("en", "Which city hosted the talks?"),
    ("en", "What is the capital of Mongolia?"),
    ("en", "thanks!"),
    ("en", "petrels"),
    ("fr", "Qui a participé aux pourparlers de Riyad ?"),
    ("fr", "Que s’est-il passé à Diriyah ?"),
    ("es", "¿Cuánto duró la reunión de Riad?"),
    ("de", "Wann sagte Selenskyj, dass er reist?"),
    ("de", "Wie lange dauerten die Gespräche?"),
    ("it", "Chi ha scoperto la colonia di Ormsay?"),
    ("pt", "Quem participou nas conversações de Riade?"),
]


@pytest.mark.parametrize(("language", "question"), SELF_CONTAINED)
def test_a_question_that_stands_by_itself(language: str, question: str) -> None:
    assert not follows(read_question(question), language)


@pytest.mark.parametrize(
    "question", [question for language, question in SELF_CONTAINED if language in ("en", "fr")]
)
def test_it_is_answered_as_without_a_conversation(answerer: Answerer, question: str) -> None:
    turn = Turn("Who attended the Saudi talks?", answerer.answer("Who attended the Saudi talks?"))
    alone, within = answerer.answer(question), answerer.answer(question, conversation=[turn])
    assert (within.text, within.citations) == (alone.text, alone.citations)


def test_when_was_that(answerer: Answerer) -> None:
    _, when = ask(answerer, "Who attended the Saudi talks?", "When was that?")
    assert when.question == "When was that?"
    assert "18 February" in quotes(when)


def test_a_whole_conversation_keeps_its_subject(answerer: Answerer) -> None:
    *_, long = ask(
        answerer, "Who attended the Saudi talks?", "When was that?", "How long did it last?"
    )
    assert "four and a half hours" in quotes(long)


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("Wer nahm an den Gesprächen in Riad teil?", "Wie lange dauerte das?", "viereinhalb"),
        ("¿Quién asistió a la reunión de Riad?", "¿Y cuándo?", "18. Februar"),
        ("Why was the Kestrel Bridge closed?", "When will it reopen?", "14 November"),
        ("Who is Maren Oldcastle?", "What did she say?", "Maren Oldcastle"),
        ("Who met Zelensky in Kyiv?", "And in Ankara?", "Ankara"),
    ],
)
def test_the_subject_is_carried(answerer: Answerer, first: str, then: str, said: str) -> None:
    _, answer = ask(answerer, first, then)
    assert said in quotes(answer)


def test_who_else_is_nobody_who_was_cited(answerer: Answerer) -> None:
    first, more = ask(answerer, "Who attended the Saudi talks?", "And who else?")
    assert not {c.quote for c in first.citations} & {c.quote for c in more.citations}
    assert "Rubio" not in quotes(more)
    answers = ask(answerer, "Who is Maren Oldcastle?", "Who else?", "Who else?", "Who else?")
    assert answers[-1].status == "not_in_articles"
    cited = [c.quote for answer in answers for c in answer.citations]
    assert len(cited) == len(set(cited))


def test_who_else_without_a_conversation_is_a_question_like_others(answerer: Answerer) -> None:
    answer = answerer.answer("Who else was in Riyadh to discuss economic matters?")
    assert "Dmitriev" in quotes(answer)


def test_a_follow_up_in_another_language_is_answered_in_it(answerer: Answerer) -> None:
    _, when = ask(answerer, "Who attended the Saudi talks?", "Et quand ?")
    assert when.language == "fr"
    assert "18" in quotes(when)


def test_what_is_carried() -> None:
    turns = [
        Turn("Who attended the Saudi talks?", example(citations=())),
        Turn("How long did they last?", example(citations=())),
    ]
    asked = read_question("And when?")
    assert leaned_on(asked, turns) == tuple(turns)
    question = carried(asked, turns)
    assert question.text == "And when? attended, Saudi talks"
    assert {"when", "past"} <= question.asks
    again = carried(read_question("And in Ukraine?"), turns[:1])
    assert again.text.startswith("Who attended the Saudi talks? And in Ukraine?")
    assert "who" in again.asks


def test_an_older_subject_is_not_carried() -> None:
    turns = [
        Turn("Who attended the Saudi talks?", example()),
        Turn("When will the Kestrel Bridge reopen?", example()),
    ]
    assert leaned_on(read_question("Why?"), turns) == tuple(turns[1:])
    assert leaned_on(read_question("Why?"), []) == ()


def test_now_means_the_newest_article(answerer: Answerer) -> None:
    now = answerer.answer("When is the Kestrel Bridge now expected to reopen?")
    assert now.citations[0].published == "2025-03-28"
    assert "14 November" in now.citations[0].quote


def test_the_answer_says_when_its_articles_are_from(answerer: Answerer) -> None:
    answer = answerer.answer("How long did the talks in Riyadh last?")
    for published in {c.published for c in answer.citations}:
        assert published
        day, year = int(published[8:10]), published[:4]
        assert answer.text.count(f"article of {day} February {year}") >= 1
    assert "Tuesday → 18 February 2025" in answer.text
