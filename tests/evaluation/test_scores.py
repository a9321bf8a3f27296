"""Each measure on answers whose worth is known by hand."""

from collections.abc import Sequence

import pytest

from evaluation.golden import GoldenQuestion, Place
from evaluation.scores import Trial, attempt, score
from evaluation.systems import Quote, Response, Unit

LANGUAGES = {"a.en.md": "en", "b.fr.md": "fr"}
A1, A2, B1 = ("a.en.md", 1), ("a.en.md", 2), ("b.fr.md", 1)


def asked(kind: str = "list", language: str = "en", *places: Place) -> GoldenQuestion:
    answers = (("Rubio",), ("Lavrov", "Lawrow")) if kind not in ("near_miss", "off_subject") else ()
    return GoldenQuestion.model_validate(
        {
            "id": "x",
            "kind": kind,
            "language": language,
            "question": "Who?",
            "answers": answers,
            "paragraphs": (places or (A1,)) if answers else (),
            "certainty": "expected" if answers else None,
        }
    )


def trial(question: GoldenQuestion, *quotes: Quote, first: float = 1) -> Trial:
    ranks = {1: first, 5: 1.0, 10: 1.0} if question.answerable else {}
    return Trial(question, Response(quotes, 0.5), ranks, 0.0)


def quote(text: str, place: Place, certainty: str = "expected") -> Quote:
    return Quote(text, frozenset([place]), certainty)


def test_an_item_counts_in_any_of_its_wordings_and_where_it_stands() -> None:
    found = score([trial(asked(), quote("LAWROW kommt", A2), quote("rubio comes", A1))], LANGUAGES)
    assert found.answer_in_quote == found.all_items_in_quote == 1
    assert found.citation_recall == 0.5, "only one is quoted from the right paragraph"
    assert found.citation_precision == 0.5
    assert found.citations == 2


def test_a_part_of_a_list_is_a_part_of_the_answer() -> None:
    found = score([trial(asked(), quote("Rubio", A1))], LANGUAGES)
    assert (found.answer_in_quote, found.all_items_in_quote) == (0.5, 0)


def test_a_refusal_states_nothing_and_lowers_no_precision() -> None:
    found = score([trial(asked()), trial(asked(), quote("Rubio, Lavrov", A1))], LANGUAGES)
    assert found.false_refusals == 0.5
    assert found.answer_in_quote == 0.5
    assert found.citation_precision == 1


@pytest.mark.parametrize("kind", ["near_miss", "off_subject"])
def test_an_answer_to_what_is_not_told_is_false(kind: str) -> None:
    found = score([trial(asked(kind), quote("Rubio", A1)), trial(asked(kind))], LANGUAGES)
    shares = {
        "near_miss": found.false_answers_near_miss,
        "off_subject": found.false_answers_off_subject,
    }
    assert shares.pop(kind) == 0.5
    assert list(shares.values()) == [None]
    assert found.answer_in_quote is None


def test_every_quote_must_be_as_certain_as_the_articles() -> None:
    answer = trial(asked(), quote("Rubio and Lavrov", A1), quote("It rained.", A2, "reported"))
    found = score([answer], LANGUAGES)
    assert (found.certainty, found.certainty_of_answer) == (0, 1)
    found = score([trial(asked(), quote("Rubio", A1, "reported"))], LANGUAGES)
    assert (found.certainty, found.certainty_of_answer) == (0, 0)


def test_parity_compares_parallel_questions_in_their_own_language_and_in_others() -> None:
    trials = [
        trial(asked("list", "en", A1), quote("Rubio, Lavrov", A1)),
        trial(asked("list", "fr", A1), quote("Rubio", A1), first=0),
        trial(asked("list", "de", A1), quote("Rubio, Lavrov", A1)),
        trial(asked("list", "fr", B1), first=0),  # nothing parallel to it
    ]
    found = score(trials, LANGUAGES)
    assert found.parity_gap_recall_1 == 0.5
    assert found.parity_gap_answer == 0.25


class Chunks:
    """A system whose units hold two paragraphs."""

    name = "chunks"
    units: Sequence[Unit] = (frozenset([A1, A2]), frozenset([B1]))

    def rank(self, question: str, k: int) -> list[Unit]:
        return [self.units[1], self.units[0]][:k]

    def ask(self, question: str, after: str | None) -> Response:
        return Response((Quote("Rubio", self.units[0]),), 0.1)


def test_a_chunk_is_found_by_one_of_its_paragraphs_and_shows_all_of_them() -> None:
    found = attempt(Chunks(), asked("list", "en", A1))
    assert found.ranks == {1: 0, 5: 1, 10: 1}
    assert found.ndcg == pytest.approx(0.6309, abs=1e-4)
    assert found.precision == 0.5
