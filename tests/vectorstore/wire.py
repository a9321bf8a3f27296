"""Articles as agencies and papers tell them, stored without a model: copies are found by words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.split import split
from vectorstore import Article, Catalog, PassageVectors
from vectorstore.copies import Copies

WIRE = [
    "VALMARANDE, 14 April (Reuters) - Dockworkers at the port of Valmarande voted on Monday to "
    "strike for three days over night shifts, their union said. Trains are not affected.",
    "The vote was carried by 412 members present, according to Louise Tardieu, who leads the "
    "union’s local branch.",
    "“We have asked for a goverment mediator since January and nobody came,” Tardieu told "
    "reporters at the harbour gate. She did not rule out a longer strike.",
    "About forty ships are waiting in the roads, and the harbour office said that it had sent "
    "the first eleven to Brest.",
    "The port handles a fifth of the region’s grain, most of it from farms along the Saune.",
]
CREDIT = "Reporting by Ann Moss in Valmarande; editing by Jo Reed and Hal Winter. Our standards."
# As another paper prints it: without dateline and credit, a typo mended, cut at the end.
TRIMMED = [
    WIRE[0]
    .removeprefix("VALMARANDE, 14 April (Reuters) - ")
    .removesuffix(" Trains are not affected."),
    WIRE[1],
    WIRE[2].replace("goverment", "government"),
    WIRE[3],
]
CORRECTED = [*WIRE[:1], WIRE[1].replace("412", "421"), *WIRE[2:]]
# The same event in a paper's own words.
OWN = [
    "Night shifts are the reason: from Monday on, nothing will be loaded in Valmarande for three "
    "days. So dockworkers decided in a show of hands in the old fish hall.",
    "Farmers along the Saune, whose grain goes through the port, spoke of the worst moment of the "
    "year. Some want to send lorries to Brest.",
    "The region’s president called on both sides to talk to each other before the weekend.",
]
TRANSLATED = [
    "Les dockers du port de Valmarande ont voté lundi une grève de trois jours contre les équipes "
    "de nuit, a indiqué leur syndicat. Les trains ne sont pas concernés.",
    "Le vote a été acquis par 412 membres présents, selon Louise Tardieu, qui dirige la section "
    "locale du syndicat.",
]


def store(catalog: Catalog, source: str, paragraphs: Sequence[str], **values: Any) -> Article:
    """An article of these paragraphs; its vectors mean nothing."""
    told = {"title": source, "language": "en", "published": "2026-04-14"} | values
    article = Article(source=source, **told)
    none = np.empty((0, 4), np.float32)
    passages = split(paragraphs, article.language)
    catalog.replace(article, [(p, PassageVectors(np.ones(4, np.float32), none)) for p in passages])
    return article


def saying(article: Article, catalog: Catalog, words: str, *audiences: str) -> list[str]:
    """The sources that have a sentence of an article too: the one that begins with these words."""
    for passage in catalog.passages_of(article.id):
        for text in passage.sentence_texts:
            if words in text:
                found = Copies(catalog).saying(text, passage.id, audiences or ("shared",))
                return [other.source for other in found]
    raise AssertionError(f"No sentence has “{words}”.")
