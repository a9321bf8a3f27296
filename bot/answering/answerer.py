"""From a question to an Answer."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from time import perf_counter

from langchain_core.documents import Document

from bot.answering.answer import Answer, Citation
from bot.answering.certainty import overall
from bot.answering.chat import ChatModel
from bot.answering.chat_answer import with_chat
from bot.answering.checking import SentenceCheck
from bot.answering.context import MOST_POINTS, introduces
from bot.answering.conversation import Turn, carried, leaned_on, preferred
from bot.answering.coverage import missing_subject, unstated
from bot.answering.disagreement import (
    articles_differ,
    newest_article_first,
    with_other_accounts,
)
from bot.answering.evidence import EvidenceReader, Sentence
from bot.answering.extractive import cite, cite_nearest, compose
from bot.answering.phrases import phrases
from bot.answering.question import Question, read_question
from bot.answering.reading import doubted, found, read_closely
from bot.answering.rewriting import rewrite
from bot.answering.selection import deciding, not_stated, off_subject, select
from bot.answering.speakers import says_nothing
from bot.answering.time_notes import newest_first
from bot.errors import ChatModelError
from vectorstore import SHARED, Catalog, HybridRetriever, Period, Scope
from vectorstore.copies import Copies

log = logging.getLogger(__name__)

Timed = Callable[[str], AbstractContextManager[None]]

# More passages than a person is shown: their sentences compete.
_PASSAGES = 8


def untimed(stage: str) -> AbstractContextManager[None]:
    """For whoever measures nothing."""
    return nullcontext()


class Answerer:
    """Answers questions from the articles; safe to call from several threads at once."""

    def __init__(
        self,
        catalog: Catalog,
        retriever: HybridRetriever,
        chat: ChatModel | None = None,
        timed: Timed = untimed,
    ) -> None:
        """With a chat model, it writes the answers; without one they are quotes.

        ``timed`` gets each stage by name: understand, retrieve, read, compose, chat_model.
        """
        self._catalog = catalog
        self._retriever = retriever
        self._chat = chat
        self._timed = timed

    def answer(
        self,
        question: str,
        audience: str = SHARED,
        *,
        period: Period | None = None,
        article: str | None = None,
        conversation: Sequence[Turn] = (),
        on_text: Callable[[str], None] | None = None,
    ) -> Answer:
        """Answer from the shared articles and the audience's: those of a period, or the one that
        has this id, where that is given.

        ``conversation`` is what was asked before, the oldest first; only a question that leans on
        it ("And who else?") sees it. While a chat model writes, ``on_text`` gets all of the text
        that has passed the check so far.

        Raises:
            QuestionError: there is no question, or it is too long.
            VectorstoreError: the store can't be searched.
        """
        began = perf_counter()
        # One limit for all that a chat model does for an answer.
        deadline = self._chat.deadline() if self._chat else 0.0
        with self._timed("understand"):
            asked, turns = self._understood(read_question(question), conversation, deadline)
        scope = Scope(period, article)
        retriever = self._retriever.for_audience(audience, scope)
        with self._timed("retrieve"):
            documents = _documents(retriever, asked)
        with self._timed("read"):
            chosen = self._evidence(asked, documents, retriever, turns)
        if chosen:
            differ = articles_differ(asked, chosen)
            if differ:
                chosen = newest_article_first(chosen)
            with self._timed("compose"):
                answer = _quoted(question, asked, chosen, differ=differ)
                answer = replace(answer, citations=self._with_copies(answer.citations, retriever))
            if self._chat:
                check = SentenceCheck(retriever)
                with self._timed("chat_model"):
                    answer = with_chat(answer, asked, chosen, self._chat, check, deadline, on_text)
        else:
            answer = _refusal(question, asked, documents, scope)
            answer = replace(answer, nearest=self._with_copies(answer.nearest, retriever))
        text = _with_limits(answer.text, retriever, asked.language)
        return replace(answer, text=text, seconds=perf_counter() - began)

    def _with_copies(
        self, citations: Sequence[Citation], retriever: HybridRetriever
    ) -> tuple[Citation, ...]:
        """The citations, each with the other articles that have the same sentences."""
        copies = Copies(self._catalog)
        where = retriever.audiences, retriever.scope
        return tuple(
            replace(c, also_in=tuple(copies.saying(c.quote, c.passage_id, *where)))
            for c in citations
        )

    def _understood(
        self, question: Question, conversation: Sequence[Turn], deadline: float
    ) -> tuple[Question, Sequence[Turn]]:
        """A question that can stand by itself, and the turns that it leaned on."""
        turns = leaned_on(question, conversation)
        if not turns:
            return question, ()
        return self._rewritten(question, turns, deadline) or carried(question, turns), turns

    def _rewritten(
        self, question: Question, turns: Sequence[Turn], deadline: float
    ) -> Question | None:
        """A follow-up as a question of its own; None without a chat model that can do it."""
        if self._chat is None:
            return None
        last = turns[-1]
        try:
            text = rewrite(self._chat, question.text, last.question, last.answer.text, deadline)
        except ChatModelError as error:
            self._chat.failed(error.reason)
            log.info("A follow-up is not rewritten: %s", error)
            return None
        return read_question(text)

    def _evidence(
        self,
        question: Question,
        documents: Sequence[Document],
        retriever: HybridRetriever,
        turns: Sequence[Turn],
    ) -> list[Sentence]:
        """The sentences that answer; none when the articles don't tell."""
        if off_subject(documents):
            return []
        ranked = EvidenceReader(self._catalog, retriever).read(question, documents)
        # A follow-up has words of the question before, which confuse the reader.
        if not turns:
            ranked = read_closely(question, ranked, retriever.reader)
        ranked = newest_first(question, preferred(question, ranked, turns))
        if not_stated(question, ranked):
            return []
        telling = partial(self._telling, question, ranked, follows=bool(turns))
        chosen = telling(select(question, ranked))
        if not chosen or doubted(question, chosen):
            return []
        others = with_other_accounts(question, chosen, ranked)
        # Those that were chosen have been asked.
        articles = {s.place[0] for s in chosen}
        articles |= {s.place[0] for s in telling([s for s in others if s.place[0] not in articles])}
        return [s for s in others if s.place[0] in articles]

    def _telling(
        self,
        question: Question,
        ranked: Sequence[Sentence],
        chosen: Sequence[Sentence],
        *,
        follows: bool,
    ) -> list[Sentence]:
        """The sentences of articles that tell what is asked."""
        return [
            sentence
            for own in by_article(chosen)
            if self._tells(question, own, ranked, follows=follows)
            for sentence in own
        ]

    def _tells(
        self,
        question: Question,
        chosen: Sequence[Sentence],
        ranked: Sequence[Sentence],
        *,
        follows: bool,
    ) -> bool:
        """Whether an article has what is asked about, by itself: nobody may be arrested in one
        and a docker in another."""
        article = str(chosen[0].document.metadata["article_id"])
        # What is quoted is what was ingested, or nothing is.
        passages = self._catalog.verified(article)
        if missing_subject(question, chosen, passages):
            return False
        # A follow-up has words of the question before, which its own answer need not have.
        return (
            follows
            or found(chosen)
            or not (
                unstated(question, chosen, passages, ranked)
                or says_nothing(question, chosen, ranked)
            )
        )


def by_article(chosen: Sequence[Sentence]) -> list[list[Sentence]]:
    """The same, those of an article together."""
    found: dict[str, list[Sentence]] = {}
    for sentence in chosen:
        found.setdefault(str(sentence.document.metadata["article_id"]), []).append(sentence)
    return list(found.values())


def _documents(retriever: HybridRetriever, asked: Question) -> list[Document]:
    documents = retriever.search(asked.text, _PASSAGES)
    if asked.wants_list:
        # A list is gathered from what stands around the passages too.
        documents += retriever.neighbours(asked.text, documents)
    for opening in [d for d in documents if introduces(d.page_content)]:
        documents += retriever.following(asked.text, opening, MOST_POINTS, documents)
    return documents


def _with_limits(text: str, retriever: HybridRetriever, language: str) -> str:
    """The answer, and how it was found where the index is of no use."""
    if retriever.without_index is None:
        return text
    words = phrases(language)
    how = words.index_scan if retriever.without_index == "scan" else words.index_words
    return f"{text}\n\n*{how}*"


def _quoted(question: str, asked: Question, chosen: Sequence[Sentence], *, differ: bool) -> Answer:
    """The sentences themselves, and what has to be said of them."""
    citations = cite(chosen)
    # Accounts that differ are all of them the answer.
    told = chosen if differ else deciding(asked, chosen)
    return Answer(
        question=question,
        language=asked.language,
        status="answered",
        text=compose(asked, citations, differ=differ),
        mode="extractive",
        certainty=overall({sentence.certainty for sentence in told}),
        citations=citations,
        nearest=(),
        seconds=0.0,
    )


def _refusal(question: str, asked: Question, documents: Sequence[Document], scope: Scope) -> Answer:
    """That the articles don't tell, with what comes near."""
    words = phrases(asked.language)
    nearest = cite_nearest(documents)
    return Answer(
        question=question,
        language=asked.language,
        status="not_in_articles",
        text=words.not_in_articles if nearest or scope else words.nothing_yet,
        mode="extractive",
        certainty="reported",
        citations=(),
        nearest=nearest,
        seconds=0.0,
    )
