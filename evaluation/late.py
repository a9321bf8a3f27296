"""The constants of late interaction, measured: where the language is in the bundled model's token
vectors, and which of their directions tell words apart."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from evaluation.xquad import Translation, add_option, load
from ingest.split import split
from vectorstore import LateInteraction, Passage
from vectorstore.article import Matrix, unit, with_title
from vectorstore.centring import parallel_texts
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.late import Constants

LANGUAGES = ("en", "es", "de", "ru")
"""Of XQuAD: what the directions are measured on."""
_KEPT = 96
"""A quarter: with 64 the right sentence is first in 2 points fewer of our questions, with all 384
in as many."""
_EVERY = 3
"""Every third token is enough, and they fit into memory."""


SHIPPED = Path("vectorstore/late-bundled.npz")


def run(options: argparse.Namespace, progress: Console) -> None:
    """The command: measure and write."""
    progress.print("Reading XQuAD with the bundled model; this takes minutes.")
    translations = load(options.xquad, LANGUAGES)
    write(measured(BundledEmbeddings(), list(translations.items())), options.output)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``python -m evaluation late``."""
    command = commands.add_parser(
        "late",
        help="measure the constants of late interaction again, after a change of the model",
        description="Measures where the language is in the bundled model's token vectors, on "
        "parallel texts and XQuAD, and writes the constants that the store is shipped with.",
    )
    command.set_defaults(run=run)
    add_option(command)
    command.add_argument("--output", type=Path, default=SHIPPED, metavar="FILE")


def measured(
    model: BundledEmbeddings, translations: Sequence[tuple[str, Translation]]
) -> Constants:
    """Constants from our parallel texts, and from XQuAD in some languages."""
    texts = parallel_texts().values()
    passages = np.stack([_mean(model, own["passages"], query=False) for own in texts])
    queries = np.stack([_mean(model, own["questions"], query=True) for own in texts])
    passage_mean, query_mean = passages.mean(axis=0), queries.mean(axis=0)
    # As for the vectors of whole texts (see ``centring``): what a language adds.
    offsets = (passages - passage_mean + queries - query_mean) / 2
    _, _, directions = np.linalg.svd(offsets, full_matrices=False)
    basis = directions[: len(offsets) - 1]
    neutral = np.eye(passages.shape[1], dtype=np.float32) - basis.T @ basis
    every = Constants(passage_mean, query_mean, neutral)
    tokens = np.concatenate(list(_tokens(LateInteraction(model, every), translations)))[::_EVERY]
    _, vectors = np.linalg.eigh(tokens.T @ tokens)
    principal = vectors[:, ::-1][:, :_KEPT]
    return Constants(passage_mean, query_mean, (neutral @ principal).astype(np.float32))


def write(constants: Constants, path: Path) -> None:
    """In half precision, as they are shipped."""
    np.savez(
        path,
        passage_mean=constants.passage_mean.astype("<f2"),
        query_mean=constants.query_mean.astype("<f2"),
        projection=constants.projection.astype("<f2"),
    )


def _mean(model: BundledEmbeddings, texts: list[str], *, query: bool) -> Matrix:
    """Of all tokens of some texts."""
    states = model.states(texts, query=query)
    mean: Matrix = np.concatenate([found.tokens for found in states]).mean(axis=0)
    return mean


def _tokens(
    late: LateInteraction, translations: Iterable[tuple[str, Translation]]
) -> Iterator[Matrix]:
    """Unit vectors of the tokens that are kept of each paragraph."""
    for language, translation in translations:
        for paragraph in translation.paragraphs:
            passages: list[Passage] = split([paragraph.text], language)
            head = with_title("", paragraph.title, titled=True)
            for stored in late.embed(head, passages):
                yield unit(late.vectors(stored.tokens)[1])
