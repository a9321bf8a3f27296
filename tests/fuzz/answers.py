"""What a chat model writes, what an export's lines say, and what periods are called."""

import copy
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from bot.answering.answerer import Answerer
from bot.answering.chat import ChatModel
from ingest.__main__ import main as ingest_main
from tests.fuzz.command_lines import check, run
from tests.fuzz.properties import SAMPLES, WORDS, Property, loaded_once
from vectorstore import (
    VectorstoreError,
    VectorstoreSettings,
    article_id,
    open_vectorstore,
    read_period,
)

_QUESTION = "Who attended the Saudi talks?"
_PIECES = (
    *("The talks in Saudi Arabia were attended by Marco Rubio and Sergei Lavrov", "Nobody came"),
    *(" [1]", "[1]", " [2]", "[1, 2]", "[1;2]", "[0]", "[99]", "[١]", "[9999999999999999999]"),
    *(".", ". ", "\n\n", " ", "!", "…", "**", "`", "- ", "# ", "| a |", "https://evil.example/x"),
    *("On 18 February 2025", " 30 Feb 2025", " 4,5 Millionen", " ½", " 1e9", " not", "Elle", "["),
    *('{"1": "', '"}', "```json\n", "<think>", "[" + "9" * 5000 + "].", "(" * 300, " [1]" * 200),
)


class _Written(BaseChatModel):
    """Says the pieces that it was told to say."""

    pieces: Sequence[str] = ()

    @property
    def _llm_type(self) -> str:
        return "written"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in self.pieces:
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        ended = {"finish_reason": "stop"}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=ended))


@contextmanager
def _chat_model(folder: Path) -> Iterator[Callable[[list[str]], None]]:
    """Whatever it writes, what is shown cites quotes that stand in the articles."""
    with loaded_once():
        added = run(ingest_main, ["add", *SAMPLES])
        assert added.status == 0, added
        with closing(open_vectorstore(VectorstoreSettings(_env_file=None))) as store:

            def checked(pieces: list[str]) -> None:
                chat = ChatModel(_Written(pieces=pieces), 60)
                seen: list[str] = []
                answerer = Answerer(store.catalog, store.retriever, chat)
                answer = answerer.answer(_QUESTION, on_text=seen.append)
                for text in (answer.text, json.dumps(answer.to_json()), *seen):
                    text.encode()
                for text in (answer.text, *seen):
                    assert not any(bad in text for bad in ("evil.example", "<@", "@everyone"))
                for citation in answer.citations:
                    [passage] = [
                        p
                        for p in store.catalog.passages_of(citation.article_id)
                        if p.id == citation.passage_id
                    ]
                    assert citation.quote in passage.text

            yield checked


@contextmanager
def _import(folder: Path) -> Iterator[Callable[[Any], None]]:
    """A line is stored whole or refused with a sentence; what was stored can be shown."""
    (folder / "bridge.md").write_text("---\nlanguage: en\n---\n# Bridge\n\nIt reopened. So far.\n")
    numbers = count()
    with loaded_once():
        assert run(ingest_main, ["add", "bridge.md"]).status == 0
        (folder / "bridge.md").write_text("---\nlanguage: en\n---\n# Bridge\n\nIt is shut again.\n")
        assert run(ingest_main, ["add", "bridge.md"]).status == 0
        exported = json.loads(run(ingest_main, ["export", "--vectors"]).out)

        def checked(changes: list[tuple[int, Any]]) -> None:
            line = copy.deepcopy(exported)
            for place, value in changes:
                _put(line, place, value)
            if isinstance(line.get("source"), str) and isinstance(line.get("audience"), str):
                line["article_id"] = _id(line["audience"], line["source"]) or line["article_id"]
            (folder / "line.jsonl").write_text(json.dumps(line))
            path = folder / f"store{next(numbers)}"
            _imported(path)

        yield checked


def _id(audience: str, source: str) -> str | None:
    try:
        return article_id(audience, source)
    except UnicodeEncodeError:
        return None


def _imported(path: Path) -> None:
    """Each into a store of its own: what is there already would stay."""
    with patch.dict(os.environ, {"VECTORSTORE_PATH": str(path)}):
        ran = run(ingest_main, ["import", "--json", "line.jsonl"])
        check(ran)
        [report] = [json.loads(line) for line in ran.out.split("\n") if line]
        if report["outcome"] == "failed":
            assert report["error"].endswith("."), report
            return
        for command in ("list", "show", "history", "diff", "export"):
            named = [report["article_id"]] if command in ("show", "history", "diff") else []
            for json_too in ([], ["--json"]):
                check(
                    run(ingest_main, [command, *named, "--audience", report["audience"], *json_too])
                )
        shown = run(ingest_main, ["check"])
        assert shown.status == 0, shown


def _put(line: Any, place: int, value: Any) -> None:
    """Put a value at one of the places of a JSON object, counted in the order of its text."""
    places = list(_places(line))
    holder, key = places[place % len(places)]
    holder[key] = value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys: Sequence[Any] = ()
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = range(len(value))
    for key in keys:
        yield value, key
        yield from _places(value[key])


@contextmanager
def _period(_: Path) -> Iterator[Callable[[tuple[str | None, str | None]], None]]:
    def checked(made: tuple[str | None, str | None]) -> None:
        try:
            period = read_period(*made)
        except VectorstoreError as error:
            # With what was typed in it, which need be no text that can be encoded.
            told = str(error)
            assert told.endswith(".")
            return
        if period:
            first, last = period.days
            assert date.fromisoformat(first) <= date.fromisoformat(last)

    yield checked


_DAYS = (
    st.dates().map(str)
    | st.dates().map(lambda day: str(day)[:7])
    | st.integers(-1, 12000).map(lambda year: f"{year:04}")
    | st.from_regex(r"\d{4}-\d{2}(-\d{2})?")
    | WORDS
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.sampled_from(
        ["2025-03-04", "2025-03-04T08:00:00+00:00", "2025-03-04T08:00:00", "javascript:alert(1)"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)

ANSWERS = {
    "chat model": Property(
        st.lists(st.sampled_from(_PIECES) | st.sampled_from(_PIECES) | WORDS, max_size=12),
        _chat_model,
        (["\ud800"], ["[" + "9" * 5000 + "]."]),
    ),
    "import": Property(
        st.lists(st.tuples(st.integers(0, 200), _JSON), min_size=1, max_size=2), _import
    ),
    "period": Property(st.tuples(st.none() | _DAYS, st.none() | _DAYS), _period),
}
