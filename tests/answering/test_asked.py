"""The kinds of things that questions ask for."""

import pytest

from bot.answering.asked import has_asked_kind, listed_names, office
from bot.answering.cues import cues
from bot.answering.names import country
from bot.answering.question import read_question
from bot.answering.speakers import speaker


@pytest.mark.parametrize(
    ("question", "text", "language", "has"),
    [
        ("How much did the dam cost?", "It cost 2.3 million crowns.", "en", True),
        ("How much did the dam cost?", "um fundo de 280milhões de euros", "pt", True),
        ("Combien coûte le barrage ?", "Die Summe liegt bei 250.000 Euro.", "de", True),
        ("Quanto costa il latte?", "Il prezzo scende di sei centesimi.", "it", True),
        ("How much did the dam cost?", "The dam will be finished in 2028.", "en", False),
        ("How much did the dam cost?", "It took 300 workers.", "en", False),
        ("¿Cuánto cuesta?", "La entrada es gratuita.", "es", True),
        ("When did it end?", "It ended on 3 May.", "en", True),
        ("When did it end?", "Acabou em março.", "pt", True),
        ("When did it end?", "A conclusão foi adiada para2031.", "pt", True),
        ("When did it end?", "L'autorità dovrebbe decidere in autunno.", "it", True),
        ("When did it end?", "Marco Rubio said that it may end.", "en", False),
        ("When did it end?", "The ash killed 4.000 sheep.", "en", False),
        ("How many died?", "In the eruption of 1963 nobody was told.", "en", False),
        ("How many died?", "On 4 March the ship left at 5.40 a.m.", "en", False),
        ("How many died?", "It killed 2000 people.", "en", True),
        ("How many of the 38 pupils died?", "All 38 pupils were brought ashore.", "en", False),
        ("Combien de dockers ?", "Une réunion a eu lieu.", "fr", False),
        ("How long is the river?", "La Louvée, longue de 1 180 kilomètres.", "fr", True),
        ("What is the name of the cook?", "A cook was flown to Bregvik.", "en", False),
        ("What is the name of the cook?", "Anders Vik, the cook, broke a hip.", "en", True),
        ("Who is the mayor?", "The ship left Bregvik.", "en", False),
        ("Who is the mayor?", "El alcalde, Óscar Villca, lo niega.", "es", True),
        ("Who is expected there?", "Mike Waltz is coming.", "en", True),
        ("Which country stayed away?", "A Hungria não compareceu.", "pt", True),
        ("Which country stayed away?", "Budapest und Davor Perkovic fehlten.", "de", False),
    ],
)
def test_whether_a_text_has_the_kind(question: str, text: str, language: str, has: bool) -> None:
    assert has_asked_kind(read_question(question), text, language) is has


@pytest.mark.parametrize(
    ("question", "text", "language", "count"),
    [
        ("Who was arrested?", "Gli arrestati sono Dragan Petrovec e Luca Sartoris.", "it", 2),
        ("Who was arrested?", "La polizia ha arrestato due uomini in Germania.", "it", 0),
        ("Wer kam?", "Es kamen Arno Blecher und Friederike Zandt.", "de", 2),
        ("Which countries came?", "L'Autriche, la Croatie et Davor Perkovic.", "fr", 2),
        ("Which points were agreed?", "They agreed on staff, talks, and trade.", "en", 3),
    ],
)
def test_how_much_of_a_list_a_text_gives(
    question: str, text: str, language: str, count: int
) -> None:
    assert listed_names(read_question(question), text, language) == count


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Who was the captain of the Halvard Star?", "captain"),
        ("Quem era o capitão?", "capitao"),
        ("Wer ist der Vorstandschef von Brandner?", "vorstandschef"),
        ("Who is Maren Oldcastle?", ""),
        ("Who is expected?", ""),
        ("Who was invited?", ""),
        ("Witkoff", ""),
    ],
)
def test_what_somebody_is_who_is_asked_for(question: str, word: str) -> None:
    assert office(read_question(question)) == word


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did Captain Engebret tell the police?", ("captain", "engebret")),
        ("Qu'a dit le président sur la grève ?", ("president",)),
        ("Was sagte der Kapitän?", ("kapitan",)),
        ("What route does Tringali think the ship was on?", ("tringali",)),
        ("Who said that?", ()),
        ("How did the West react?", ()),
        ("What was agreed?", ()),
    ],
)
def test_whose_words_are_asked_for(question: str, words: tuple[str, ...]) -> None:
    assert speaker(read_question(question)) == words


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("How much did it cost?", "money"),
        ("Wie hoch ist die Belohnung?", "money"),
        ("¿Cuánto cuesta cada dosis?", "money"),
        ("Comment s'appelle le maire ?", "name"),
        ("Wie heißt der Wachmann?", "name"),
        ("Come si chiama il pensionato?", "name"),
    ],
)
def test_what_is_asked(question: str, asked: str) -> None:
    assert asked in read_question(question).asks


def test_two_words_after_how_many() -> None:
    assert cues("en").counted("How many evacuated people returned?") == ["evacuated", "people"]


@pytest.mark.parametrize("word", ["Hungarian", "húngara", "hongroise", "ungarisch", "ungherese"])
def test_the_people_of_a_country(word: str) -> None:
    assert country(word) == "HU"
