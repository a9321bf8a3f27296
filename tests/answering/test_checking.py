"""Nothing that a chat model makes up passes; what it tells faithfully does."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bot.answering.checking import SentenceCheck, stated_fault
from bot.answering.stated_dates import stated_dates
from bot.answering.stated_names import same_spelling, unsupported_names
from bot.answering.stated_numbers import stated_numbers
from tests.answering.faithful import PAIRS, STATEMENTS, languages_of, source, unfaithful
from vectorstore import Article, Vectorstore
from vectorstore.article import Matrix


@pytest.fixture(scope="module")
def embed(sample_store: Vectorstore) -> Callable[[str], Matrix]:
    retriever = sample_store.retriever

    @cache
    def vector(text: str) -> Matrix:
        raw = np.asarray(retriever.embeddings.embed_documents([text]), np.float32)
        found: Matrix = retriever.centring.passages(raw)[0]
        return found

    return vector


def test_faithful_sentences_are_kept(
    sample_store: Vectorstore, embed: Callable[[str], Matrix]
) -> None:
    check = SentenceCheck(sample_store.retriever)
    faults = [
        check.fault(each[written], written[:2], [source(each[quoted], quoted, embed(each[quoted]))])
        for written, quoted in map(languages_of, PAIRS)
        for each in STATEMENTS
    ]
    assert len(faults) >= 200
    assert faults.count(None) / len(faults) >= 0.95


@pytest.mark.parametrize("pair", PAIRS)
def test_no_unfaithful_sentence_passes(pair: str) -> None:
    written, quoted = languages_of(pair)
    cases = [
        (kind, sentence, each[quoted])
        for each in STATEMENTS
        for kind, sentence in unfaithful(each[written], written[:2])
    ]
    passed = [
        (kind, sentence)
        for kind, sentence, quote in cases
        if stated_fault(sentence, written[:2], [source(quote, quoted)]) is None
    ]
    assert len(cases) >= 200
    assert {"name", "number", "date", "certainty", "negation"} <= {kind for kind, *_ in cases}
    assert passed == []


def test_another_statement_is_too_far(
    sample_store: Vectorstore, embed: Callable[[str], Matrix]
) -> None:
    check = SentenceCheck(sample_store.retriever)
    quote = "The ferry to Ormsay was cancelled because of the storm."
    cited = [source(quote, "en", embed(quote))]
    assert check.fault("The ferry to Ormsay was painted red by its owner.", "en", cited) in (
        None,
        "meaning",
    )
    assert check.fault("The birds breed in burrows on the cliffs.", "en", cited) == "meaning"


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("The storm left homes without power: https://evil.example/x", "link"),
        ("The storm left homes without power, see [here](evil).", "link"),
        ("The storm left homes without power @everyone.", "link"),
        ("La tormenta dejó los hogares de la ciudad sin electricidad.", "language"),
        ("The storm left homes without power in May 2021.", "date"),
        ("The storm left homes without power in Oslo.", "name"),
        ("Macron left homes without power.", "name"),
        ("The storm left 1,300 homes without power.", "number"),
        ("The storm left thirty homes without power.", "number"),
        ("The storm left 1200 homes without power.", None),
    ],
)
def test_what_a_sentence_must_not_add(sentence: str, fault: str | None) -> None:
    quote = source("The storm left 1,200 homes without power in Lisbon.", "en")
    assert stated_fault(sentence, "en", [quote]) == fault


def test_a_clause_of_a_longer_sentence_may_be_told_alone() -> None:
    quote = source("The strike ended on Monday, and ferries will sail again from Friday.", "en")
    assert stated_fault("The strike ended on Monday.", "en", [quote]) is None
    assert stated_fault("The ferries sailed again from Friday.", "en", [quote]) == "certainty"


def test_a_language_that_cannot_be_checked_is_refused() -> None:
    quote = source("Буря оставила без света дома в Лиссабоне.", "ru")
    assert stated_fault("The storm left homes without power.", "en", [quote]) == "language"


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "1,000 people, 4½ hours, three million", {1000, 4.5, 3_000_000}),
        ("en", "four and a half hours at 2:30 pm", {4.5, 14, 30}),
        ("fr", "1 000 personnes, quatre heures et demie, 3,5 millions", {1000, 4.5, 3_500_000}),
        ("de", "1.000 Menschen, viereinhalb Stunden, 3,5 Milliarden", {1000, 4.5, 3_500_000_000}),
        ("es", "1.000 personas, cuatro horas y media, veinticinco", {1000, 4.5, 25}),
        ("it", "duemila persone, quattro ore e mezza, 3 milioni", {2000, 4.5, 3_000_000}),
        ("pt", "dois mil, quatro horas e meia", {2000, 4.5}),
        ("fr", "un premier ministre", set()),
    ],
)
def test_numbers_in_any_notation(language: str, text: str, numbers: set[float]) -> None:
    assert {float(number) for number in stated_numbers(text, language)} == numbers


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "18 February 2025"),
        ("en", "February 18, 2025"),
        ("en", "2025-02-18"),
        ("fr", "18 février 2025"),
        ("de", "18. Februar 2025"),
        ("es", "18 de febrero de 2025"),
        ("it", "18 febbraio 2025"),
        ("pt", "18 de fevereiro de 2025"),
        ("fr", "18/02/2025"),
        ("en", "02/18/2025"),
    ],
)
def test_dates_in_any_notation(language: str, text: str) -> None:
    (found,), rest = stated_dates(f"x {text} y", language)
    assert (found.day, found.month, found.year) == (18, 2, 2025)
    assert rest.split() == ["x", "y"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Putin", "Poutine", True),
        ("Putin", "Путин", True),
        ("Lawrow", "Lavrov", True),
        ("Selenskyj", "Zelensky", True),
        ("Merkel", "Marco", False),
        ("Trump", "Trondheim", False),
        ("Rubio", "Rabat", False),
    ],
)
def test_spellings(one: str, other: str, same: bool) -> None:
    assert same_spelling(one, other) is same


def test_translated_names_are_known() -> None:
    quote = "Le secrétaire d’État est à Moscou, selon la Maison Blanche et la Russie."
    assert unsupported_names("The White House said that he is in Moscow.", "en", quote) == []
    assert unsupported_names("He is in Kyiv.", "en", quote) == ["Kyiv"]


def test_a_site_that_has_the_sentence_too_may_be_named_and_no_other() -> None:
    quote = "The bridge will close in May, the mayor of Trondheim said."
    given = source(quote, "en")
    also = Article(source="b", title="Closed by Olaf Brinkhorst", site="Harbour Chronicle")
    both = replace(given, citation=replace(given.citation, also_in=(also,)))
    written = "The bridge will close in May, says {} of the mayor of Trondheim."
    named = written.format("the Harbour Chronicle")
    assert stated_fault(named, "en", [given]) == "name"
    assert stated_fault(named, "en", [both]) is None
    # A name of its headline is none of the quoted passage.
    assert stated_fault(written.format("Olaf Brinkhorst"), "en", [both]) == "name"
