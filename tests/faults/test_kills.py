"""SIGKILL at random moments: nothing is lost, nothing doubled, and no question fails in between."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answerer import Answerer
from tests.ingest.cli import ROOT, environment
from vectorstore import SHARED, Catalog, VectorstoreSettings, open_catalog, open_vectorstore
from vectorstore.checks import check
from vectorstore.examination import examine
from vectorstore.late import Constants

# How many moments; `FAULTS=50 pytest tests/faults` for more.
_MOMENTS = int(os.environ.get("FAULTS", "5"))
_ARTICLES = 200
_PARAGRAPHS = 2
_PLACES = ("harbour", "castle", "market", "river", "station", "library", "airport", "museum")


pytestmark = pytest.mark.usefixtures("loaded_once")


def text(number: int) -> list[str]:
    place = _PLACES[number % len(_PLACES)]
    return [
        f"Tram {number} stops at the {place} every {number + 3} minutes.",
        f"Its driver is called Mira{number} Holm.",
    ]


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(_ARTICLES):
        (folder / f"{number:03}.txt").write_text("\n".join(text(number)))
    return folder


def ingested(news: Path) -> list[dict[str, Any]]:
    """An ingest of everything that nobody kills: its reports."""
    done = subprocess.run(
        [sys.executable, "-m", "ingest", "add", "--json", str(news)],
        cwd=ROOT,
        env=environment(news.parent),
        capture_output=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def killed(news: Path, choose: random.Random) -> int:
    """Begin an ingest and kill it; how many articles it had reported, counted before the kill."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest", "add", "--json", str(news)],
        cwd=ROOT,
        env=environment(news.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout
        stored = 0
        for _ in range(choose.randrange(1, 12)):
            # Those that were there take no time: the kill is to come among the new ones.
            while (line := process.stdout.readline()) and json.loads(line)["outcome"] != "added":
                pass
            stored += bool(line)
        time.sleep(choose.random() * 0.1)
        process.kill()
    return stored


def stored_numbers(catalog: Catalog) -> Iterator[int]:
    """The articles that are there, each of them whole."""
    for article in catalog.articles([SHARED]):
        number = int(Path(article.source).stem)
        assert [p.text for p in catalog.passages_of(article.id)] == text(number)
        yield number


def test_an_ingest_that_is_killed_again_and_again(news: Path) -> None:
    choose = random.Random(_MOMENTS)
    settings = VectorstoreSettings(_env_file=None, path=news.parent / "data")
    reader = open_vectorstore(settings, once=True)
    answerer = Answerer(reader.catalog, reader.retriever)
    failures: list[BaseException] = []
    over = threading.Event()

    def keep_asking() -> None:
        while not over.wait(0.2):
            try:
                answer = answerer.answer("How often does tram 0 stop at the harbour?")
                assert all("every" in c.quote or "driver" in c.quote for c in answer.citations)
            except BaseException as error:
                failures.append(error)
                return

    asking = threading.Thread(target=keep_asking)
    asking.start()
    seen: set[int] = set()
    for _ in range(_MOMENTS):
        at_least = len(seen) + killed(news, choose)
        now = list(stored_numbers(reader.catalog))
        assert len(now) == len(set(now))
        assert seen <= set(now)
        assert len(now) >= at_least
        assert check(reader.catalog, Constants.shipped().token_bytes) == []
        seen = set(now)
        if len(seen) == _ARTICLES:
            for article in reader.catalog.articles([SHARED])[: _ARTICLES * 3 // 4]:
                reader.catalog.remove(article.id)
            seen = set(stored_numbers(reader.catalog))
    reports = ingested(news)
    over.set()
    asking.join()
    assert failures == []
    assert {report["outcome"] for report in reports} <= {"added", "unchanged"}
    assert sorted(stored_numbers(reader.catalog)) == list(range(_ARTICLES))
    assert reader.catalog.totals().passages == _ARTICLES * _PARAGRAPHS
    answer = answerer.answer("How often does tram 3 stop at the river?")
    assert "every 6 minutes" in answer.citations[0].quote
    centring = reader.retriever.centring
    reader.close()
    with closing(open_catalog(settings)) as catalog:
        chroma = settings.path / "chroma"
        assert examine(chroma, catalog, centring, threading.Event()) is None
