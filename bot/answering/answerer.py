"""From a question to an Answer."""

from collections.abc import Sequence
from time import perf_counter

from langchain_core.documents import Document

from bot.answering.answer import Answer, Citation
from bot.answering.certainty import overall
from bot.answering.evidence import EvidenceReader, Sentence
from bot.answering.extractive import cite, cite_nearest, compose
from bot.answering.phrases import phrases
from bot.answering.question import Question, read_question
from bot.answering.selection import missing_subject, not_stated, off_subject, select
from vectorstore import SHARED, Catalog, HybridRetriever

# More passages than a person is shown: their sentences compete.
_PASSAGES = 8


class Answerer:
    """Answers questions from the articles; safe to call from several threads at once."""

    def __init__(self, catalog: Catalog, retriever: HybridRetriever) -> None:
        self._catalog = catalog
        self._retriever = retriever

    def answer(self, question: str, audience: str = SHARED) -> Answer:
        """Answer from the shared articles and those of the audience.

        Raises:
            QuestionError: there is no question, or it is too long.
            VectorstoreError: the store can't be searched.
        """
        began = perf_counter()
        asked = read_question(question)
        retriever = self._retriever.for_audience(audience)
        documents = retriever.search(asked.text, _PASSAGES)
        if asked.wants_list:
            # A list is gathered from what stands around the passages too.
            documents += retriever.neighbours(asked.text, documents)
        chosen = self._evidence(asked, documents, retriever)
        if not chosen:
            return self._refusal(question, asked, documents, perf_counter() - began)
        citations = cite(chosen)
        return Answer(
            question=question,
            language=asked.language,
            status="answered",
            text=compose(asked, citations),
            mode="extractive",
            certainty=overall({citation.certainty for citation in citations}),
            citations=citations,
            nearest=(),
            seconds=perf_counter() - began,
        )

    def _evidence(
        self, question: Question, documents: Sequence[Document], retriever: HybridRetriever
    ) -> list[Sentence]:
        """The sentences that answer; none when the articles don't tell."""
        if off_subject(documents):
            return []
        ranked = EvidenceReader(self._catalog, retriever).read(question, documents)
        if not_stated(question, ranked):
            return []
        chosen = select(question, ranked)
        if not chosen or missing_subject(question, chosen, self._catalog):
            return []
        return chosen

    def _refusal(
        self,
        question: str,
        asked: Question,
        documents: Sequence[Document],
        seconds: float,
    ) -> Answer:
        words = phrases(asked.language)
        nearest: tuple[Citation, ...] = cite_nearest(documents)
        return Answer(
            question=question,
            language=asked.language,
            status="not_in_articles",
            text=words.not_in_articles if nearest else words.nothing_yet,
            mode="extractive",
            certainty="reported",
            citations=(),
            nearest=nearest,
            seconds=seconds,
        )
