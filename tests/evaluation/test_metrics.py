"""The metrics, on examples computed by hand."""

import pytest

from evaluation.metrics import ndcg_at, recall_at

RANKED = ("a", "b", "c", "d")


def test_recall_is_the_share_of_what_is_relevant() -> None:
    assert recall_at(1, RANKED, {"b"}) == 0
    assert recall_at(2, RANKED, {"b"}) == 1
    assert recall_at(3, RANKED, {"a", "d"}) == 0.5
    assert recall_at(10, RANKED, {"z"}) == 0


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    assert ndcg_at(10, RANKED, {"a"}) == 1
    # Second of four: 1 / log2(3).
    assert ndcg_at(10, RANKED, {"b"}) == pytest.approx(0.63093, abs=1e-5)
    # Ranks 1 and 4: (1 + 1 / log2(5)) / (1 + 1 / log2(3)) = 1.43068 / 1.63093.
    assert ndcg_at(10, RANKED, {"a", "d"}) == pytest.approx(0.87722, abs=1e-5)
    assert ndcg_at(3, RANKED, {"d"}) == 0


def test_ndcg_is_full_where_more_is_relevant_than_is_shown() -> None:
    assert ndcg_at(2, RANKED, {"a", "b", "c"}) == 1


def test_a_question_without_an_answer_is_no_measure() -> None:
    with pytest.raises(ValueError, match="can't be measured"):
        recall_at(1, RANKED, ())
