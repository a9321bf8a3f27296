"""What people type, pipe and set: arguments, standard input, the environment."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bot.__main__ import main as bot_main
from bot.settings import BotSettings
from evaluation.__main__ import main as evaluation_main
from ingest.__main__ import main as ingest_main
from ingest.settings import IngestSettings
from tests.fuzz.properties import NASTY, TEXT, WORDS, Property, loaded_once
from vectorstore import VectorstoreSettings

_ARTICLE = (
    "---\ntitle: Bridge reopens\npublished: 2025-03-04\nlanguage: en\n---\n"
    "The Kestrel Bridge reopened on Tuesday.\n\nIt cost €4.5 million, Ida Brandt said.\n"
)
_Shape = tuple[int, tuple[str, ...]]
"""How many words a command takes, and its options; those that end in = take a value."""

_COMMON = ("--json", "--audience=")
_INGEST: Mapping[str, _Shape] = {
    "add": (2, (*_COMMON, "--name=", "--dry-run")),
    "refresh": (0, (*_COMMON, "--dry-run")),
    "": (0, _COMMON),
    "list": (0, _COMMON),
    "show": (1, (*_COMMON, "--version=")),
    "history": (1, _COMMON),
    "diff": (3, _COMMON),
    "undo": (1, (*_COMMON, "--version=")),
    "remove": (1, _COMMON),
    "check": (0, (*_COMMON, "--repair")),
    "backup": (0, _COMMON),
    "export": (1, (*_COMMON, "--vectors")),
    "import": (1, _COMMON),
    "feeds list": (0, _COMMON),
    "feeds add": (1, _COMMON),
    "feeds remove": (1, _COMMON),
    "feeds poll": (0, (*_COMMON, "--all")),
    # Another model takes seconds to be not there.
    "reindex": (0, _COMMON),
}
_INGEST_WORDS = ("Bridge", "bridge.md", "-", ".", "out.jsonl", "out.jsonl.gz", "guild-1", "1", "2")
_BOT: Mapping[str, _Shape] = {
    "ask": (1, ("--since=", "--until=", "--article=", "--audience=", "--json", "--conversation")),
    "run": (0, ()),
    "": (0, ()),
}
_BOT_WORDS = ("2025", "2025-03", "Bridge", "When did the bridge reopen?", "-", "guild-1")
_EVALUATION: Mapping[str, _Shape] = {
    "candidates": (0, ("--verdict=", "--since=")),
    "golden": (0, ("--articles=", "--split=", "--no-peers", "--failures", "--write=", "--json")),
    "retrieval": (0, ("--tasks=", "--cache=", "--json")),
    "answers": (0, ("--tasks=", "--cache=", "--questions=", "--json")),
    "late": (0, ()),
    "": (0, ()),
}
_EVALUATION_WORDS = ("helpful", "2025", "tune", "en>es,en>mixed", "kept", "5")
# No measurement that takes minutes begins: what they name isn't there.
_NOT_THERE = {
    "golden": ("--questions", "none.jsonl"),
    "": ("golden", "--questions", "none.jsonl"),
    "retrieval": ("--xquad", "none"),
    "answers": ("--xquad", "none"),
    "late": ("--xquad", "none"),
}


@dataclass(frozen=True)
class Ran:
    """What a program wrote, and its exit status."""

    arguments: Sequence[str]
    status: int
    out: str
    told: str


def run(main: Callable[[Sequence[str]], int], arguments: Sequence[str], typed: bytes = b"") -> Ran:
    """Run a program in this process, with standard streams as an operating system gives them."""
    streams: dict[str, Any] = {
        # Python takes bytes that are no UTF-8 in the C locale, and refuses them in others.
        "stdin": io.TextIOWrapper(io.BytesIO(typed), "utf-8", "strict"),
        "stdout": io.TextIOWrapper(io.BytesIO(), "utf-8", "strict"),
        "stderr": io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace"),
    }
    with patch.multiple(sys, **streams):
        try:
            status = main(arguments)
        except SystemExit as stopped:
            status = int(stopped.code or 0)
    out, told = (_written(streams[name]) for name in ("stdout", "stderr"))
    return Ran(arguments, status, out, told)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


def check(ran: Ran) -> None:
    """Said well or badly, but said."""
    assert ran.status in (0, 1, 2), ran
    assert "Traceback" not in ran.told, ran
    assert ran.status == 0 or ran.told.strip() or ran.out.strip(), ran


@contextmanager
def _store(folder: Path) -> Iterator[None]:
    """An article and its export to name."""
    (folder / "bridge.md").write_text(_ARTICLE)
    with loaded_once():
        for arguments in (["add", "bridge.md"], ["export", "out.jsonl"]):
            assert run(ingest_main, arguments).status == 0
        yield


def _no_path(word: str) -> bool:
    """Nothing outside of the folder is read or written; what no system hands to a program."""
    return _can_be_set(word) and "/" not in word and ".." not in word


def _typed(shapes: Mapping[str, _Shape], words: Sequence[str]) -> SearchStrategy[list[str]]:
    """Mostly what a command takes, with other words in it; now and then anything."""
    word = st.sampled_from(words) | st.sampled_from(words) | WORDS.filter(_no_path)

    def well_formed(command: str) -> SearchStrategy[list[str]]:
        count, options = shapes[command]
        given = [
            word.map(name.__add__) if name.endswith("=") else st.just(name) for name in options
        ]
        chosen = st.lists(st.one_of(given), max_size=3) if given else st.just([])
        return st.builds(
            lambda options, named: [*command.split(), *options, *named],
            chosen,
            st.lists(word, max_size=count),
        )

    commands = st.sampled_from(list(shapes))
    anything = st.builds(
        lambda command, given: [*command.split(), *given], commands, st.lists(word)
    )
    formed = commands.flatmap(well_formed)
    return st.one_of(formed, formed, formed, anything.map(lambda given: given[:6]))


_LINES = st.lists(
    st.sampled_from([b"When did the bridge reopen?", b"And who else?", b"Why?", b"\xff\xfe", b"\0"])
    | WORDS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    max_size=4,
).map(b"\n".join)


def _arguments(
    main: Callable[[Sequence[str]], int],
    shapes: Mapping[str, _Shape],
    words: Sequence[str],
    *found: tuple[list[str], bytes],
) -> Property:
    @contextmanager
    def opened(folder: Path) -> Iterator[Callable[[tuple[list[str], bytes]], None]]:
        with _store(folder):
            yield lambda made: check(run(main, made[0], made[1]))

    return Property(st.tuples(_typed(shapes, words), _LINES), opened, found)


@contextmanager
def _evaluation(_: Path) -> Iterator[Callable[[list[str]], None]]:
    def checked(arguments: list[str]) -> None:
        command = arguments[0] if arguments and arguments[0] in _NOT_THERE else ""
        check(run(evaluation_main, [*arguments, *_NOT_THERE.get(command, ())]))

    yield checked


@contextmanager
def _conversation(folder: Path) -> Iterator[Callable[[bytes], None]]:
    """Every question gets its own object, or a sentence; the others are answered all the same."""

    def checked(typed: bytes) -> None:
        ran = run(bot_main, ["ask", "--conversation", "--json", "-"], typed)
        check(ran)
        answers = [json.loads(line) for line in ran.out.split("\n") if line]
        assert all(answer["question"] for answer in answers)
        asked = io.TextIOWrapper(io.BytesIO(typed), "utf-8", "replace")
        lines = [line for line in asked if line.strip()]
        assert len(answers) + len(ran.told.splitlines()) >= len(lines), ran

    with _store(folder):
        yield checked


def _names(*classes: type[BotSettings | IngestSettings | VectorstoreSettings]) -> list[str]:
    made = [
        f"{one.model_config['env_prefix']}{name}".upper()
        for one in classes
        for name in one.model_fields
    ]
    # The first would go to Discord; the others name models, which take seconds to be not there.
    left_out = ("BOT_DISCORD_TOKEN", "VECTORSTORE_EMBEDDINGS", "VECTORSTORE_RERANKER")
    return [name for name in made if name not in left_out]


def _can_be_set(value: str) -> bool:
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return "/" not in value or value.startswith("http")


@contextmanager
def _settings(folder: Path) -> Iterator[Callable[[Mapping[str, str]], None]]:
    def checked(made: Mapping[str, str]) -> None:
        with patch.dict(os.environ, made):
            check(run(ingest_main, ["list"]))
            check(run(bot_main, ["run"]))
            check(run(bot_main, ["ask", "When did the bridge reopen?"]))

    with _store(folder):
        yield checked


_VALUES = (NASTY | TEXT | st.sampled_from(["5", "0.5", "openai:m", "json", "8080", "a:1"])).filter(
    _can_be_set
)

COMMAND_LINES = {
    "ingest command line": _arguments(
        ingest_main,
        _INGEST,
        _INGEST_WORDS,
        (["show", "--version=--", "Bridge"], b""),
        *((["export", name], b"") for name in ("", ".", "x" * 300, "bridge.md/x")),
    ),
    "bot command line": _arguments(
        bot_main, _BOT, _BOT_WORDS, (["ask", "--since=--", "2025"], b"")
    ),
    "evaluation command line": Property(_typed(_EVALUATION, _EVALUATION_WORDS), _evaluation),
    "conversation": Property(_LINES, _conversation, (b"\xed\xb2\x80\nWhy?",)),
    "settings": Property(
        st.dictionaries(
            st.sampled_from(_names(BotSettings, IngestSettings, VectorstoreSettings)),
            _VALUES,
            min_size=1,
            max_size=2,
        ),
        _settings,
    ),
}
