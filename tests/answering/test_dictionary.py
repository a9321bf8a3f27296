"""The translation dictionary: what its lines promise to those who look words up in it."""

import re
from collections import Counter, defaultdict
from functools import cache
from itertools import chain

import pytest

from bot.answering.data import lines
from vectorstore.searchtext import fold, function_words, words

LANGUAGES = ["en", "fr", "es", "de", "it", "pt", "nl", "ru"]
SHORTEST_FORM = 2
SHORTEST_PREFIX = 4
MOST_CONCEPTS_OF_A_FORM = 2
FEWEST_LANGUAGES = 2


@cache
def concepts() -> list[tuple[str, list[list[str]]]]:
    """The name of each line and its forms, a list for each language."""
    found = []
    for line in lines("dictionary.txt"):
        name, _, forms = line.partition(":")
        found.append((name, [field.split() for field in forms.split("|")]))
    return found


@cache
def forms() -> list[tuple[str, str]]:
    """Every concept's name with each of its forms, once."""
    return [
        (name, form)
        for name, fields in concepts()
        for form in sorted(set(chain.from_iterable(fields)))
    ]


def test_a_line_has_a_field_for_each_language() -> None:
    assert [name for name, fields in concepts() if len(fields) != len(LANGUAGES)] == []


def test_a_line_translates_something() -> None:
    lonely = [name for name, fields in concepts() if sum(map(bool, fields)) < FEWEST_LANGUAGES]
    assert lonely == []


def test_no_two_concepts_have_one_name() -> None:
    names = Counter(name for name, _ in concepts())
    assert [name for name, times in names.items() if times > 1] == []


def test_a_name_is_plain() -> None:
    assert [name for name, _ in concepts() if not re.fullmatch(r"[a-z][a-z_]+", name)] == []


def test_a_form_is_a_single_word_as_search_sees_it() -> None:
    wrong = [
        (name, form)
        for name, form in forms()
        if form != fold(form) or words(form.removesuffix("*")) != [form.removesuffix("*")]
    ]
    assert wrong == []


def test_no_form_is_too_short() -> None:
    short = [
        (name, form)
        for name, form in forms()
        if len(form.removesuffix("*")) < (SHORTEST_PREFIX if form.endswith("*") else SHORTEST_FORM)
    ]
    assert short == []


def test_no_form_is_a_function_word() -> None:
    assert [(name, form) for name, form in forms() if form in function_words()] == []


def test_no_form_has_more_than_two_meanings() -> None:
    meanings = defaultdict(list)
    for name, form in forms():
        meanings[form].append(name)
    assert {f: n for f, n in meanings.items() if len(n) > MOST_CONCEPTS_OF_A_FORM} == {}


def test_a_field_says_nothing_twice() -> None:
    doubled = []
    for name, fields in concepts():
        for field in fields:
            stems = [form[:-1] for form in field if form.endswith("*")]
            doubled += [
                (name, form)
                for form in field
                if field.count(form) > 1
                or any(form.startswith(stem) and form != f"{stem}*" for stem in stems)
            ]
    assert doubled == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("resigned", "demission"),
        ("arrested", "festgenommen"),
        ("bridge", "ponte"),
        ("ceasefire", "waffenruhe"),
        ("budget", "presupuesto"),
        ("earthquake", "aardbeving"),
        ("hospital", "больница"),
        ("nombre", "naam"),
        ("winner", "vainqueur"),
        ("reduced", "reduit"),
        ("scissors", "tijeras"),
        ("sailors", "matrosen"),
        ("frost", "vorst"),
        ("invoice", "fatura"),
    ],
)
def test_what_a_question_asks_for_is_known_in_another_language(asked: str, told: str) -> None:
    assert meanings_of(asked) & meanings_of(told)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("important", "importado"),
        ("deporte", "deported"),
        ("successor", "success"),
        ("disparu", "disparo"),
        ("environment", "enviado"),
        ("hypothese", "hypotheek"),
        ("absolventen", "absolvio"),
        ("improved", "improvvisamente"),
    ],
)
def test_words_that_only_look_alike_share_no_concept(one: str, other: str) -> None:
    assert meanings_of(one)
    assert meanings_of(other)
    assert not meanings_of(one) & meanings_of(other)


def meanings_of(word: str) -> set[str]:
    return {
        name
        for name, form in forms()
        if form == word or (form.endswith("*") and word.startswith(form[:-1]))
    }
