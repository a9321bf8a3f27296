"""Wire copy in answers of `python -m bot ask`: quoted once, with who has it too, beside others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.cli import ingest
from tests.test_ask_command import ask
from tests.vectorstore.wire import CORRECTED, OWN, TRIMMED, WIRE

COPIES = 9


def write(folder: Path, name: str, paragraphs: list[str], **told: str) -> None:
    head = "".join(f"{key}: {value}\n" for key, value in told.items())
    text = "\n\n".join(paragraphs)
    (folder / f"{name}.md").write_text(f"---\nlanguage: en\n{head}---\n{text}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wire's article, nine papers' copies of it, one that was corrected, one of its own."""
    folder = tmp_path_factory.mktemp("papers")
    news, server = folder / "news", folder / "server"
    news.mkdir()
    server.mkdir()
    wire = {
        "title": "Dockers vote to strike",
        "url": "https://wire.example/1",
        "site": "Wire World",
    }
    write(news, "wire", WIRE, published="2026-04-14", **wire)
    for number in range(COPIES):
        paper = {"title": f"Port to close {number}", "url": f"https://p{number}.example/"}
        write(news, f"paper{number}", TRIMMED, published="2026-04-15", **paper)
    write(news, "corrected", CORRECTED, title="Corrected", published="2026-04-17")
    write(news, "own", OWN, title="Three days", published="2026-04-15", site="Harbour Chronicle")
    write(server, "own", TRIMMED, title="Ours", published="2026-04-14", site="Server")
    done = ingest(folder, "add", "news")
    assert done.returncode == 0, done.stderr
    assert ingest(folder, "add", "--audience", "guild-1", "server").returncode == 0
    return folder / "data"


def answers(store: Path, questions: list[str], *arguments: str) -> list[dict[str, Any]]:
    done = ask(store, "--json", *arguments, "-", stdin="\n".join(questions))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def titles(citation: dict[str, Any]) -> list[str]:
    return [other["title"] for other in citation.get("also_in", [])]


def test_a_quote_is_given_once_with_all_that_have_it(store: Path) -> None:
    mediator, ships, weekend = answers(
        store,
        [
            "Who asked for a mediator in Valmarande?",
            "Where did the harbour office send the first eleven ships?",
            "What did the region’s president call on both sides to do?",
        ],
    )
    papers = [f"Port to close {number}" for number in range(COPIES)]
    for answer, quote in ((mediator, "mediator since January"), (ships, "to Brest")):
        cited = [c for c in answer["citations"] if quote in c["quote"]]
        assert [c["title"] for c in cited] == ["Dockers vote to strike"], "the earliest, once"
        assert sorted(titles(cited[0])) == ["Corrected", *papers]
        assert all(
            c["title"] in {"Dockers vote to strike", "Three days"} for c in answer["citations"]
        )
    assert mediator["citations"][0].keys() >= {"article_id", "quote", "score", "also_in"}
    assert mediator["citations"][0]["also_in"][0].keys() == {
        *("article_id", "title", "source", "url", "site", "published")
    }
    [own] = weekend["citations"]
    assert own["title"] == "Three days"
    assert "also_in" not in own


def test_a_corrected_number_stays_a_difference(store: Path) -> None:
    [answer] = answers(store, ["How many members carried the vote in Valmarande?"])
    counts = [c for c in answer["citations"] if "The vote was carried" in c["quote"]]
    assert [(c["title"], "412" in c["quote"], "421" in c["quote"]) for c in counts] == [
        ("Corrected", False, True),
        ("Dockers vote to strike", True, False),
    ]
    assert "do not agree" in answer["answer"]
    corrected, wire = counts
    assert titles(corrected) == []
    assert "Corrected" not in titles(wire)
    assert len(titles(wire)) == COPIES


def test_only_what_was_asked_of(store: Path) -> None:
    question = "Who asked for a mediator in Valmarande?"
    [server] = answers(store, [question], "--audience", "guild-1")
    assert "Ours" in titles(server["citations"][0])
    [elsewhere] = answers(store, [question], "--audience", "guild-2")
    [shared] = answers(store, [question])
    for answer in (shared, elsewhere):
        assert "Ours" not in json.dumps(answer)
    [later] = answers(store, [question], "--since", "2026-04-16")
    assert later["citations"][0]["title"] == "Corrected"
    assert titles(later["citations"][0]) == []
    [first] = answers(store, [question], "--article", "Dockers vote to strike")
    assert titles(first["citations"][0]) == []


def test_people_see_three_and_how_many_more(store: Path) -> None:
    done = ask(store, "Who asked for a mediator in Valmarande?", COLUMNS="300")
    assert re.search(r"\balso in (Port to close \d; ){2}Port to close \d and 7 more\s", done.stdout)
    refused = ask(store, "Which hotel did the dockers sleep in?", COLUMNS="300")
    assert "The articles do not tell." in refused.stdout
    assert refused.stdout.count("Dockworkers at the port") <= 1, "copies do not crowd others out"
