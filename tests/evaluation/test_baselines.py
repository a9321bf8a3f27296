"""The baselines rank as their definitions say."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from evaluation.baselines import Bm25, Dense, ReciprocalRankFusion

TEXTS = ("Harbour strike ends.", "The élysée denies the strike.", "東京の天気")


@pytest.fixture
def bm25() -> Iterator[Bm25]:
    with closing(Bm25(TEXTS)) as ranker:
        yield ranker


def test_bm25_finds_folded_words_and_the_rarest_first(bm25: Bm25) -> None:
    assert bm25.rank("ELYSEE strike", 3) == [1, 0]


def test_bm25_finds_chinese_characters_by_pairs(bm25: Bm25) -> None:
    assert bm25.rank("天気?", 3) == [2]


def test_bm25_takes_no_harm_from_query_syntax(bm25: Bm25) -> None:
    assert bm25.rank('"" * NEAR( strike', 1) == [0]
    assert bm25.rank("?!", 3) == []


class Axes:
    """Embeds a digit as the axis of that number: the cosine is then known by heart."""

    identity = "axes"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [3.0 if text == str(axis) else 0.0 for axis in range(3)]


def test_dense_ranks_by_cosine() -> None:
    assert Dense(("0", "1", "2"), Axes()).rank("2", 1) == [2]


class Fixed:
    def __init__(self, *places: int) -> None:
        self._places = places

    def rank(self, question: str, k: int) -> list[int]:
        return list(self._places[:k])


def test_fusion_adds_reciprocal_ranks() -> None:
    # 7: 1/61; 8: 1/62 + 1/62; 9: 1/61 + 1/63.
    fused = ReciprocalRankFusion(Fixed(7, 8, 9), Fixed(9, 8))
    assert fused.rank("", 3) == [9, 8, 7]


def test_a_tie_goes_to_the_first_ranker() -> None:
    assert ReciprocalRankFusion(Fixed(5, 4), Fixed(4, 5)).rank("", 1) == [5]
