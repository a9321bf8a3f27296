from functools import partial

import pytest

from bot.answering.asked import has_asked_kind
from bot.answering.certainty import certainty_of
from bot.answering.cues import languages
from bot.answering.evidence import lexical_share
from bot.answering.names import countries_in, country, proper_names, same_name
from bot.answering.phrases import phrases
from bot.answering.question import read_question


@pytest.mark.parametrize(
    ("language", "sentence", "certainty"),
    [
        ("en", "Mr Rubio attended the talks in Riyadh.", "reported"),
        ("en", "Mr Rubio is expected in Riyadh on Tuesday.", "expected"),
        ("en", "The bridge will reopen in November.", "expected"),
        ("en", "The ministers are to meet on Tuesday.", "expected"),
        ("en", "He had put off the trip he was to make on Wednesday.", "reported"),
        ("en", "Theresa May resigned on Friday.", "reported"),
        ("en", "Will Brandt arrived in Lisbon on Tuesday.", "reported"),
        ("en", "The mill closed on 3 May.", "reported"),
        ("en", "According to the mayor, the bridge is safe.", "claimed"),
        ("fr", "Les ministres se sont rencontrés mardi.", "reported"),
        ("fr", "Une médiation doit s’ouvrir jeudi.", "expected"),
        ("fr", "« La porte reste ouverte », a-t-elle ajouté.", "claimed"),
        ("es", "Reabrió el 7 de mayo, dos días más tarde de lo previsto.", "reported"),
        ("en", "It reopened two days later than planned.", "reported"),
        ("de", "Die Brücke öffnete zwei Tage später als geplant.", "reported"),
        ("it", "Il ponte ha riaperto più tardi del previsto.", "reported"),
        ("pt", "A ponte reabriu mais tarde do que o previsto.", "reported"),
        ("de", "Der Detektiv vermutet einen Auftragsdiebstahl.", "claimed"),
        ("it", "Il presidente teme un calo dei prezzi.", "claimed"),
        ("fr", "Le conseiller est attendu à Riyad.", "expected"),
        ("fr", "Il devrait rencontrer son homologue.", "expected"),
        ("fr", "Une tournée qui l’emmènera aussi à Riyad.", "expected"),
        ("fr", "La police libéra les otages à l’opéra.", "reported"),
        ("fr", "Selon la mairie, le pont est sûr.", "claimed"),
        ("es", "Los ministros se reunieron el martes.", "reported"),
        ("es", "Se espera que el ministro viaje a Riad.", "expected"),
        ("es", "El ministro participará en la reunión.", "expected"),
        ("es", "Trabajan para la primera bandera.", "reported"),
        ("es", "Según el alcalde, el puente es seguro.", "claimed"),
        ("de", "Die Minister trafen sich am Dienstag.", "reported"),
        ("de", "Der Minister wird am Dienstag nach Riad reisen.", "expected"),
        ("de", "Waltz soll an den Gesprächen teilnehmen.", "expected"),
        ("de", "Laut der Stadt ist die Brücke sicher.", "claimed"),
        ("it", "I ministri si sono incontrati martedì.", "reported"),
        ("it", "Il ministro parteciperà alla riunione.", "expected"),
        ("it", "Secondo il sindaco, il ponte è sicuro.", "claimed"),
        ("pt", "Os ministros reuniram-se na terça-feira.", "reported"),
        ("pt", "O ministro participará na reunião.", "expected"),
        ("pt", "Segundo a câmara, a ponte é segura.", "claimed"),
        ("ru", "Министры встретились во вторник.", "reported"),
        ("ru", "Ожидается, что министр приедет во вторник.", "expected"),
        ("nl", "De minister wordt dinsdag verwacht in Riyad.", "expected"),
        ("nl", "De ministers ontmoetten elkaar dinsdag.", "reported"),
        ("pl", "Minister będzie we wtorek w Rijadzie.", "expected"),
        ("pl", "Ministrowie spotkali się we wtorek.", "reported"),
        ("uk", "Очікується, що міністр приїде у вівторок.", "expected"),
        ("uk", "Міністри зустрілися у вівторок.", "reported"),
        ("ar", "من المتوقع أن يصل الوزير إلى الرياض.", "expected"),
        ("ar", "التقى الوزيران في الرياض.", "reported"),
        ("zh", "部长预计星期二抵达利雅得。", "expected"),
        ("zh", "两位部长星期二举行了会晤。", "reported"),
        ("xx", "Will be counted as reported.", "reported"),
    ],
)
def test_certainty(language: str, sentence: str, certainty: str) -> None:
    assert certainty_of(sentence, language) == certainty


@pytest.mark.parametrize(
    ("text", "language", "asks"),
    [
        ("Who attended the Saudi talks?", "en", {"who", "list", "past"}),
        ("Who is expected at the talks?", "en", {"who", "list", "future"}),
        ("Quand le pont a-t-il été fermé ?", "fr", {"when", "past"}),
        ("¿Cuántos barcos llegaron al puerto?", "es", {"how_many", "past"}),
        ("Warum wurde die Brücke gesperrt?", "de", {"why", "past"}),
        ("Dove si trova il ponte?", "it", {"where"}),
        ("Quem participou nas negociações?", "pt", {"who", "list", "past"}),
        ("Кто участвовал в переговорах?", "ru", {"who", "list", "past"}),
        ("who's expected at the talks", "en", {"who", "list", "future"}),
        ("Did Witkoff go to Saudi Arabia?", "en", {"past"}),
        ("Quel poste occupe Steve Witkoff ?", "fr", set()),
        ("谁参加了在利雅得的会谈？", "zh", {"who", "list", "past"}),
        ("من حضر المحادثات في الرياض؟", "ar", {"who", "list", "past"}),
        ("Скільки тривали переговори?", "uk", {"how_long", "past"}),
        ("Wie nam deel aan het overleg?", "nl", {"who", "list", "past"}),
        ("Kto uczestniczył w rozmowach?", "pl", {"who", "list", "past"}),
        ("Combien de temps l’appel a-t-il duré ?", "fr", {"how_long", "past"}),
    ],
)
def test_what_a_question_asks(text: str, language: str, asks: set[str]) -> None:
    question = read_question(text)
    assert question.language == language
    assert asks <= question.asks


def test_an_announcement_is_not_about_the_past() -> None:
    assert read_question("Who attended the Saudi talks?").about_the_past
    assert not read_question("Who is expected at the Saudi talks?").about_the_past
    assert not read_question("Qui est attendu en Arabie saoudite ?").about_the_past
    assert not read_question("Qui est Mike Waltz ?").about_the_past
    assert read_question("Qui est allé en Arabie saoudite ?").about_the_past


@pytest.mark.parametrize(
    ("question", "text", "language", "has"),
    [
        ("When was it closed?", "It was closed on Tuesday.", "en", True),
        ("When was it closed?", "Elle a été fermée hier.", "fr", True),
        ("When was it closed?", "It was closed by the mayor.", "en", False),
        ("How many came?", "Dreißig Personen kamen; zwölf blieben.", "de", True),
        ("How many came?", "Many people came.", "en", False),
        ("How long did it last?", "It lasted three hours.", "en", True),
        ("How long did it last?", "It lasted until 1967.", "en", False),
        ("Who closed the bridge?", "The bridge was closed by Maren Oldcastle.", "en", True),
        ("Who closed the bridge?", "The bridge was closed by night.", "en", False),
        ("Is it open?", "Anything at all.", "en", True),
    ],
)
def test_asked_kind(question: str, text: str, language: str, has: bool) -> None:
    assert has_asked_kind(read_question(question), text, language) is has


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Putin", "Poutine"),
        ("Путин", "Putin"),
        ("Zelensky", "Zelenski"),
        ("Selenskyj", "Zelensky"),
        ("Moscow", "Moscou"),
        ("Москвой", "Moskau"),
        ("NATO", "OTAN"),
        ("Chinese", "Chine"),
        ("Polens", "Pologne"),
        ("Sergueï", "Sergej"),
        ("Londra", "London"),
        ("Köln", "Colonia"),
    ],
)
def test_the_same_name_in_other_spellings(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Rubio", "Lavrov"), ("Witkoff", "Waltz"), ("Putin", "Peskov"), ("China", "Chile")],
)
def test_other_names(one: str, other: str) -> None:
    assert not same_name(one, other)


@pytest.mark.parametrize(
    "word",
    [
        "indicated",
        "papa",
        "perused",
        "the",
        "Marco",
        "chinchilla",
        "service",
        "servicio",
        "riunione",
        "reunião",
        "soudain",
        "finestra",
        "maltempo",
        "hungrig",
        "Francisco",
        "franchir",
        "island",
    ],
)
def test_words_that_begin_like_a_country(word: str) -> None:
    assert country(word) is None


def test_countries_of_several_words() -> None:
    assert countries_in("Schools in South Africa and the United Arab Emirates.") == {"ZA", "AE"}
    assert country("Sudáfrica") == "ZA"


def test_proper_names_don_t_open_the_text() -> None:
    assert proper_names("Who is Mike Waltz? The adviser.") == ["Mike", "Waltz"]
    assert proper_names("Que dit l’Élysée ?") == ["Élysée"]


def test_there_are_phrases_for_every_language_with_cues() -> None:
    english = phrases("en")
    assert phrases("xx") is english
    assert all(phrases(language) is not english for language in languages() if language != "en")


@pytest.mark.parametrize(
    ("question", "sentence", "certainty"),
    [
        (
            "When did the ferry strike on Ormsay end?",
            "The ferry strike on Ormsay ended on Monday, and everyone may board again.",
            "reported",
        ),
        (
            "When may everyone board again?",
            "The ferry strike on Ormsay ended on Monday, and everyone may board again.",
            "expected",
        ),
        (
            "When did the mill in Tarnow close?",
            "The mill in Tarnow closed on 3 May and may reopen.",
            "reported",
        ),
        (
            "When did the queen die in Velden?",
            "The queen, who may sell her castle, died on Sunday in Velden.",
            "expected",
        ),
        (
            "Who was in Riyadh?",
            "Mr Rubio is expected, according to his office, in Riyadh.",
            "expected",
        ),
        (
            "Who met in Saudi Arabia?",
            "Rubio arrived in Jerusalem on a tour that will take him to Saudi Arabia.",
            "expected",
        ),
    ],
)
def test_the_clause_that_is_asked_about_decides(
    question: str, sentence: str, certainty: str
) -> None:
    terms = dict.fromkeys(read_question(question).terms, 1.0)
    assert certainty_of(sentence, "en", partial(lexical_share, terms)) == certainty
