"""Answers as the tests need them."""

from typing import Any

from bot.answering.answer import Answer, Citation


def citation(**values: Any) -> Citation:
    given: dict[str, Any] = {
        "marker": 1,
        "article_id": "0123456789abcdef",
        "title": "Bridge closed",
        "source": "https://news.example/bridge",
        "url": "https://news.example/bridge",
        "site": "news.example",
        "published": "2025-02-11",
        "language": "en",
        "paragraph": 3,
        "quote": "The bridge closed on Tuesday.",
        "start": 0,
        "end": 29,
        "score": 0.9,
        "certainty": "reported",
        "passage_id": 1,
    }
    return Citation(**given | values)


def answer(**values: Any) -> Answer:
    given: dict[str, Any] = {
        "question": "When did the bridge close?",
        "language": "en",
        "status": "answered",
        "text": "On Tuesday [1].",
        "mode": "generative",
        "certainty": "reported",
        "citations": (citation(),),
        "nearest": (),
        "seconds": 0.1,
    }
    return Answer(**given | values)
