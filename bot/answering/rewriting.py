"""A follow-up question made to stand by itself, by a chat model."""

from bot.answering.chat import ChatModel
from bot.answering.check_cues import checked_languages
from bot.answering.prompts import rewriting_messages
from bot.answering.question import MAX_CHARACTERS
from bot.answering.stated_names import unsupported_names
from bot.errors import ChatModelError
from ingest.language import detect


def rewrite(
    chat: ChatModel,
    question: str,
    previous_question: str,
    previous_answer: str,
    deadline: float | None = None,
) -> str:
    """The question with what it leaves unsaid: "When was that?" → "When were the Saudi talks?".

    Raises:
        ChatModelError: too slow, too long, out of order, or it asks for names that nobody said.
    """
    messages = rewriting_messages(question, previous_question, previous_answer)
    rewritten = " ".join(chat.start(messages, deadline or chat.deadline()).text().split())
    said = f"{question}\n{previous_question}\n{previous_answer}"
    language = detect(rewritten)
    table = language if language in checked_languages() else "en"
    if (
        not rewritten.endswith("?")
        or len(rewritten) > MAX_CHARACTERS
        or unsupported_names(rewritten, table, said)
    ):
        raise ChatModelError("The chat model did not rewrite the question.", "unfounded")
    return rewritten
