"""The retriever: dense search without the language, plus lexical evidence as a share.

Plain reciprocal rank fusion with BM25 halves cross-lingual recall, because a rank says "second
best" even of passages that share one common word with the question. Here lexical evidence is added
as a share of its ceiling (see ``lexical``), which is near zero across languages.
`python -m evaluation retrieval` prints both beside each other. The best are then put in order by
late interaction too, word against word (see ``late``).
"""

import logging
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, Literal

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from vectorstore.article import SHARED, Matrix, with_title
from vectorstore.bundled import Reader
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.copies import Copies
from vectorstore.embeddings import NamedEmbeddings
from vectorstore.errors import IndexUnavailable
from vectorstore.late import LateInteraction
from vectorstore.lexical import Lexical
from vectorstore.reranker import Reranker
from vectorstore.scan import SCANNED, CatalogScan, DenseSearch, Hits
from vectorstore.scope import EVERYTHING, Scope

log = logging.getLogger(__name__)

WithoutIndex = Literal["scan", "words"]
"""Every passage was read through, which finds the same or better, or only those that share words
with the question were found."""

# What full word evidence adds to a cosine.
LEXICAL_WEIGHT = 0.2
# Candidates of each kind that are scored; the right passage was among them in every measured task.
_CANDIDATES = 50
# How many of the best are compared more closely, by words and by a reranker, which costs as much
# for each as embedding a passage, or more. With 40 no other passage came first in any task.
_COMPARED = 30
# So many more are looked at for copies, and only where these do not do, all candidates.
_SPARE = 15
# What a full match of the question's words adds for the order. Passages of one event differ by
# some 0.1 in it.
INTERACTION_WEIGHT = 1.5
# What a reranker's full approval adds to a score. A sure one turns the order of any candidates
# around, one that can't tell them apart leaves it, and one that is wrong can't lift a passage over
# another whose own score is that much higher.
RERANKER_WEIGHT = 0.5


class HybridRetriever(BaseRetriever):
    """Passages that may answer a question, best first, as LangChain Documents.

    ``page_content`` is the verbatim passage; the metadata has ``passage_id``, ``article_id``,
    ``paragraph``, ``start``, ``title``, ``titled``, ``source``, ``url``, ``site``, ``published``,
    ``modified``, ``gone``, ``language``, and the scores: ``score`` = ``cosine`` + 0.2 ·
    ``lexical``, which tells how near a passage comes. Two more are for the order alone:
    ``interaction``, how well the passage has the single words of the question (−1 to 1; of the best
    by ``score``, where the embedding model shows tokens), and ``reranked``, a reranker's own score
    (0 to 1; of the passages that it read). The order is that of ``score`` + 1.5 · ``interaction`` +
    0.5 · ``reranked``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    catalog: Catalog
    embeddings: Any  # NamedEmbeddings; pydantic can't check a Protocol
    centring: Centring
    index: Any  # DenseSearch
    reranker: Any = None  # Reranker
    late: LateInteraction | None = None
    reader: Reader | None = None
    """For who answers; nothing is retrieved by it."""
    audiences: tuple[str, ...] = (SHARED,)
    scope: Scope = EVERYTHING
    k: int = 5
    without_index: WithoutIndex | None = None
    """How ``search`` had to do without the index, if it had to."""

    def for_audience(self, audience: str, scope: Scope = EVERYTHING) -> "HybridRetriever":
        """The same retriever over the shared articles and this audience's own, of a scope."""
        audiences = tuple(dict.fromkeys((SHARED, audience)))
        return self.model_copy(
            update={"audiences": audiences, "scope": scope, "without_index": None}
        )

    def question_vector(self, question: str) -> Matrix:
        """The centred unit vector of a question; comparable with ``centred_passages``."""
        embeddings: NamedEmbeddings = self.embeddings
        return self.centring.query(np.asarray(embeddings.embed_query(question), np.float32))

    def search(self, question: str, k: int) -> list[Document]:
        """The best ``k`` passages, each text once, in whichever article it stands best.

        Raises:
            EmbeddingsError, RerankerError, CatalogError: no partial result is made up. Where the
                index is of no use, ``without_index`` tells how the passages were found.
        """
        vector = self.question_vector(question)
        cosines = dict(hit for a in self.audiences for hit in self._nearest(a, vector))
        found = Lexical(self.catalog).candidates(question, self.audiences, _CANDIDATES, self.scope)
        cosines |= self._cosines(found - cosines.keys(), vector)
        documents = self._without_copies(question, cosines, max(k, _COMPARED))
        near, rest = documents[:_COMPARED], documents[_COMPARED:]
        self._compare_words(question, near)
        self._rerank(question, near)
        return [*sorted(near, key=_order, reverse=True), *rest][:k]

    def neighbours(self, question: str, documents: Sequence[Document]) -> list[Document]:
        """The passages just before and after these in their articles, best first, without copies.

        A paragraph that goes on about the same thing need not name it again.
        """
        have = {int(d.metadata["passage_id"]) for d in documents}
        beside: set[int] = set()
        for article in {str(d.metadata["article_id"]) for d in documents}:
            ids = [passage.id for passage in self.catalog.passages_of(article)]
            for before, after in pairwise(ids):
                if (before in have) != (after in have):
                    beside |= {before, after} - have
        return self._further(question, documents, beside)

    def following(
        self, question: str, start: Document, count: int, documents: Sequence[Document]
    ) -> list[Document]:
        """The ``count`` passages that follow one of ``documents`` in its article, without those
        that are among them."""
        have = {int(d.metadata["passage_id"]) for d in documents}
        passages = self.catalog.passages_of(str(start.metadata["article_id"]))
        place = int(start.metadata["paragraph"]), int(start.metadata["start"])
        after = [p.id for p in passages if (p.paragraph, p.start) > place]
        return self._further(question, documents, set(after[:count]) - have)

    def _further(
        self, question: str, documents: Sequence[Document], ids: set[int]
    ) -> list[Document]:
        """These passages, best first, without copies of ``documents`` or each other."""
        cosines = self._cosines(ids, self.question_vector(question))
        found = self._ranked(question, cosines, len(cosines))
        folded = Copies(self.catalog).folded([*documents, *found])
        return [d for d in folded if int(d.metadata["passage_id"]) in ids]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return self.search(query, self.k)

    def _nearest(self, audience: str, vector: Matrix) -> Hits:
        scan = CatalogScan(self.catalog, self.centring)
        if self.scope:
            # The index knows no dates, and its filters cost as much as reading the scope's vectors.
            return scan.search(audience, vector, _CANDIDATES, scope=self.scope)
        index: DenseSearch = self.index
        try:
            return index.search(audience, vector, _CANDIDATES)
        except IndexUnavailable as error:
            # Told once for each outage by the index; what is asked for is told in the answer.
            log.debug("Searched without the index: %s", error)
        if self.catalog.count(audience) > SCANNED:
            self.without_index = "words"
            return []
        self.without_index = self.without_index or "scan"
        return scan.search(audience, vector, _CANDIDATES)

    def _without_copies(
        self, question: str, cosines: dict[int, float], most: int
    ) -> list[Document]:
        """The best of these candidates, ``most`` or more where there are so many."""
        for taken in (most + _SPARE, len(cosines)):
            documents = Copies(self.catalog).folded(self._ranked(question, cosines, taken))
            if len(documents) >= most or taken >= len(cosines):
                break
        return documents

    def _compare_words(self, question: str, documents: list[Document]) -> None:
        """Note how well each has the question's words."""
        late = self.late
        if late is None:
            return
        kept = self.catalog.tokens(int(d.metadata["passage_id"]) for d in documents)
        asked = late.question(question)
        known = {i: late.passage_score(asked, stored) for i, stored in kept.items() if stored}
        # What was stored before tokens were kept is neither better nor worse for it.
        unknown = fmean(known.values()) if known else 0.0
        for document in documents:
            score = known.get(int(document.metadata["passage_id"]), unknown)
            document.metadata["interaction"] = score

    def _rerank(self, question: str, documents: list[Document]) -> None:
        """Note what the reranker, if there is one, thinks of each."""
        reranker: Reranker | None = self.reranker
        if reranker is None or not documents:
            return
        judged = reranker.relevance(question, [_with_title(document) for document in documents])
        for document, relevance in zip(documents, judged, strict=True):
            document.metadata["reranked"] = relevance

    def _cosines(self, ids: set[int], vector: Matrix) -> dict[int, float]:
        if not ids:
            return {}
        stored = self.catalog.vectors(ids)
        matrix = self.centring.passages(np.stack([v.passage for v in stored.values()]))
        return {i: float(c) for i, c in zip(stored, matrix @ vector, strict=True)}

    def _ranked(self, question: str, cosines: dict[int, float], k: int) -> list[Document]:
        """The best of these candidates; passages that were removed since drop out."""
        shares = Lexical(self.catalog).shares(question, self.catalog.terms(cosines))
        scores = {i: cosines[i] + LEXICAL_WEIGHT * share for i, share in shares.items()}
        best = sorted(scores, key=lambda i: -scores[i])[:k]
        passages = self.catalog.passages(best)
        articles = self.catalog.articles_by_id({p.article_id for p in passages.values()})
        documents = []
        for i in best:
            # Removed between two reads by another process: gone is gone.
            if i not in passages or passages[i].article_id not in articles:
                continue
            passage, article = passages[i], articles[passages[i].article_id]
            metadata = {
                "passage_id": i,
                "article_id": article.id,
                "paragraph": passage.paragraph,
                "start": passage.start,
                "title": article.title,
                "titled": article.titled,
                "source": article.source,
                "url": article.url,
                "site": article.site,
                "published": article.published,
                "modified": article.modified,
                "gone": article.gone,
                "language": article.language,
                "score": scores[i],
                "cosine": cosines[i],
                "lexical": shares[i],
            }
            documents.append(Document(id=str(i), page_content=passage.text, metadata=metadata))
        return documents


def _with_title(document: Document) -> str:
    """A passage as it was embedded."""
    meta = document.metadata
    return with_title(document.page_content, str(meta["title"]), titled=bool(meta["titled"]))


def _order(document: Document) -> float:
    meta = document.metadata
    return (
        float(meta["score"])
        + INTERACTION_WEIGHT * float(meta.get("interaction", 0.0))
        + RERANKER_WEIGHT * float(meta.get("reranked", 0.0))
    )
