"""An answer with a chat model: its own sentences, or the quotes and why it has none."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.answering.answer import Answer
from bot.answering.certainty import overall
from bot.answering.chat import ChatModel, Reply
from bot.answering.check_cues import checked_languages
from bot.answering.checking import SentenceCheck, Source
from bot.answering.evidence import Sentence
from bot.answering.generative import write
from bot.answering.phrases import Phrases, phrases
from bot.answering.prompts import translation_messages
from bot.answering.question import Question
from bot.answering.translation import foreign, read_glosses, with_glosses
from bot.errors import ChatModelError

log = logging.getLogger(__name__)

# The model answers, only not what it should: its translations may be good.
_WRONG_WORDS = frozenset({"unfounded", "babbling"})


def with_chat(
    answer: Answer,
    question: Question,
    chosen: Sequence[Sentence],
    chat: ChatModel,
    check: SentenceCheck,
    deadline: float,
    on_text: Callable[[str], None] | None = None,
) -> Answer:
    """The extractive answer rewritten by a chat model, before the deadline.

    ``chosen`` are the sentences of the answer's citations. Where the model fails, the quotes stay
    and a line says why. A language whose sentences can't be checked gets the quotes as they are.
    """
    if question.language not in checked_languages():
        return answer
    sources = [
        Source(citation, sentence.document.page_content, sentence.vector)
        for citation, sentence in zip(answer.citations, chosen, strict=True)
    ]
    unread = foreign(sources, question.language)
    messages = translation_messages(question.language, unread)
    # Both at once: there is one time limit for all.
    translating = chat.start(messages, deadline) if unread else None
    try:
        written = write(chat, check, question, sources, deadline, on_text)
    except ChatModelError as error:
        chat.failed(error.reason)
        if translating and error.reason not in _WRONG_WORDS:
            translating.give_up()
            translating = None
        glosses = _glosses(translating, check, question.language, unread)
        return _with_reason(answer, error, glosses, phrases(question.language))
    glosses = _glosses(translating, check, question.language, unread)
    used = tuple(c for c in answer.citations if c.marker in written.markers)
    return replace(
        answer,
        text=written.text,
        mode="generative",
        certainty=overall({c.certainty for c in used}),
        citations=used,
        glosses={marker: glosses[marker] for marker in written.markers & glosses.keys()},
    )


def _glosses(
    reply: Reply | None, check: SentenceCheck, language: str, unread: Sequence[Source]
) -> dict[int, str]:
    """The translations; none when the model fails, for the answer holds without them."""
    if reply is None:
        return {}
    try:
        return read_glosses(reply, check, language, unread)
    except ChatModelError as error:
        log.info("Quotes stay untranslated: %s", error)
        return {}


def _with_reason(
    answer: Answer, error: ChatModelError, glosses: dict[int, str], words: Phrases
) -> Answer:
    """The quotes, translated where that is possible, and why there is nothing else."""
    reason = {
        "slow": words.chat_slow,
        "unavailable": words.chat_unavailable,
        "quota": words.chat_quota,
    }.get(error.reason, words.chat_unfounded)
    text = with_glosses(answer.text, glosses, answer.language)
    return replace(answer, text=f"{text}\n\n*{reason}*", glosses=glosses)
