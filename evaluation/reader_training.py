"""Trains the reader: a loss, a schedule, and how well questions are read that it never saw."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from time import monotonic

import torch

from evaluation.metrics import auc
from evaluation.reader_examples import Example, XquadExamples
from evaluation.reader_network import ReaderNetwork
from vectorstore.bundled.reader import Pair

Draw = Callable[[Random], Example]
Batch = Sequence[tuple[Pair, frozenset[int]]]
"""Pairs, and the sentences of each that answer."""

_WARM_UP_STEPS = 40
_WEIGHT_DECAY = 0.01
_LARGEST_GRADIENT = 1.0
_POOL = 6
"""So many batches are drawn at once and put in the order of their lengths: less is padded."""
_READ_AT_ONCE = 16
HELD_OUT_TASKS = (("en", "en"), ("en", "es"), ("de", "en"))
"""Languages of the questions and of the paragraphs."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How what is shipped was trained."""

    seed: int = 0
    learning_rate: float = 6e-4
    batch: int = 16
    xquad: float = 0.38
    """The share of the examples that is of XQuAD."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How XQuAD's held-out articles are read."""

    first: dict[str, float]
    """By task, the share of questions whose right sentence is weighed highest."""
    auc: float
    """How often a question that is answered is told from a near miss, in English paragraphs."""


def mixed(recipe: Recipe, xquad: Draw, sets: Draw) -> Draw:
    """Draws from both, XQuAD by its share."""
    return lambda rng: xquad(rng) if rng.random() < recipe.xquad else sets(rng)


def batches(network: ReaderNetwork, draw: Draw, recipe: Recipe) -> Iterator[Batch]:
    """Without end; pairs of like length together."""
    rng = Random(recipe.seed)
    size = recipe.batch
    while True:
        drawn = (draw(rng) for _ in range(size * _POOL))
        pool = [(network.pair(e.question, e.passage), e.right) for e in drawn]
        pool.sort(key=lambda pair: len(pair[0].ids))
        parts = [pool[start : start + size] for start in range(0, len(pool), size)]
        rng.shuffle(parts)
        yield from parts


def rates(minutes: float, clock: Callable[[], float] = monotonic) -> Iterator[float]:
    """Of each step until the time is over, the part of the learning rate: up, then slowly down."""
    began = clock()
    for step in count(1):
        passed = (clock() - began) / (60 * minutes)
        if passed >= 1:
            return
        yield min(1.0, step / _WARM_UP_STEPS) * (1 - passed)


def fit(
    network: ReaderNetwork, drawn: Iterable[Batch], parts: Iterable[float], recipe: Recipe
) -> Iterator[float]:
    """Train a step a batch, as long as ``parts`` of the learning rate last; yields the losses."""
    trained = list(network.parts.values())
    optimizer = torch.optim.AdamW(trained, recipe.learning_rate, weight_decay=_WEIGHT_DECAY)
    for part, batch in zip(parts, drawn, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = part * recipe.learning_rate
        logits = network.logits([pair for pair, _ in batch], training=True)
        losses = [
            _loss(own, right)
            for own, (_, right) in zip(logits, batch, strict=True)
            if _is_read(own, right)
        ]
        if not losses:
            continue
        loss = torch.stack(losses).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, _LARGEST_GRADIENT)
        optimizer.step()
        yield loss.item()


def held_out(network: ReaderNetwork, xquad: XquadExamples) -> HeldOut:
    """Measured after training, on articles that were left out of it."""
    first: dict[str, float] = {}
    odds: dict[str, list[float]] = {}
    for asked, told in HELD_OUT_TASKS:
        examples = xquad.questions(asked, told, held_out=True)
        found = _odds(network, examples)
        hits = [int(own.argmax()) in e.right for own, e in zip(found, examples, strict=True)]
        first[f"{asked}>{told}"] = sum(hits) / len(hits)
        odds[f"{asked}>{told}"] = [float(own.max()) for own in found]
    near = _odds(network, xquad.near_misses("en", held_out=True))
    return HeldOut(first, auc(odds["en>en"], [float(own.max()) for own in near]))


def _loss(logits: torch.Tensor, right: frozenset[int]) -> torch.Tensor:
    """−log of what the right sentences, or none, have of the probability together."""
    wanted = [1 + n for n in sorted(right) if 1 + n < len(logits)] or [0]
    return torch.logsumexp(logits, 0) - torch.logsumexp(logits[wanted], 0)


def _is_read(logits: torch.Tensor, right: frozenset[int]) -> bool:
    """Whether a right sentence is there, or none was; it may have been cut off."""
    return not right or any(1 + n < len(logits) for n in right)


@torch.no_grad()  # type: ignore[untyped-decorator]
def _odds(network: ReaderNetwork, examples: Sequence[Example]) -> list[torch.Tensor]:
    """Of each example the log odds of its sentences against none."""
    pairs = [network.pair(e.question, e.passage) for e in examples]
    order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].ids))
    found: dict[int, torch.Tensor] = {}
    for start in range(0, len(order), _READ_AT_ONCE):
        batch = order[start : start + _READ_AT_ONCE]
        logits = network.logits([pairs[n] for n in batch])
        found |= {n: own[1:] - own[0] for n, own in zip(batch, logits, strict=True)}
    return [found[n] for n in range(len(pairs))]
