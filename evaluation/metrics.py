"""Measures of one ranked list; the mean over questions is the figure to report. And of scores.

Definitions: Manning, Raghavan & Schütze 2008, "Introduction to Information Retrieval", chapter 8;
nDCG after Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques" (ACM
TOIS 20:4), with gain 0 or 1 and the log2(rank + 1) discount that trec_eval uses.
"""

import math
from collections.abc import Collection, Hashable, Sequence


def recall_at(k: int, ranked: Sequence[Hashable], relevant: Collection[Hashable]) -> float:
    """The share of what is relevant that is among the first ``k``."""
    return len(set(ranked[:k]) & _checked(relevant)) / len(set(relevant))


def ndcg_at(k: int, ranked: Sequence[Hashable], relevant: Collection[Hashable]) -> float:
    """Discounted gain of the first ``k``, as a share of the best order's."""
    wanted = _checked(relevant)
    gain = sum(_discount(rank) for rank, found in enumerate(ranked[:k], 1) if found in wanted)
    best = sum(_discount(rank) for rank in range(1, min(k, len(wanted)) + 1))
    return gain / best


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """How often one of ``right`` is greater than one of ``wrong``, where both are drawn by chance.

    The area under the ROC curve (Hanley & McNeil 1982, Radiology 143:29); a tie is half a time.
    """
    if not right or not wrong:
        raise ValueError("There is nothing to compare.")
    wins = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
    return wins / (len(right) * len(wrong))


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def _checked(relevant: Collection[Hashable]) -> set[Hashable]:
    if not relevant:
        raise ValueError("A question without a relevant passage can't be measured.")
    return set(relevant)
