"""From a question to an Answer."""

from vectorstore import SHARED, Catalog, HybridRetriever

from bot.answering.answer import Answer


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
        raise NotImplementedError
