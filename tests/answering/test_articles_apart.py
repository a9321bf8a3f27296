"""Articles that are alike but for what is asked about: each has to tell by itself."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import VectorstoreSettings, open_vectorstore


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("How often does tram 3 stop at the river?", ["every 6 minutes"]),
        ("À quelle fréquence le tram 12 s’arrête-t-il au bord du fleuve ?", ["every 15 minutes"]),
        ("How often does tram 77 stop at the river?", []),
    ],
)
def test_what_another_number_is_about_is_not_quoted(
    question: str, quoted: list[str], tmp_path: Path
) -> None:
    news = tmp_path / "news"
    news.mkdir()
    for number in (3, 12, 33, 35, 43):
        text = f"Tram {number} stops at the river every {number + 3} minutes.\nIt is blue."
        (news / f"{number}.txt").write_text(text)
    settings = VectorstoreSettings(_env_file=None, path=tmp_path / "data")
    with closing(open_vectorstore(settings, once=True)) as store:
        reports = Ingestion(store, IngestSettings(_env_file=None)).add([str(news)], operator=True)
        assert {report.outcome for report in reports} == {"added"}
        answer = Answerer(store.catalog, store.retriever).answer(question)
    assert [c.quote for c in answer.citations if "every" in c.quote] == [
        c.quote for c in answer.citations if any(told in c.quote for told in quoted)
    ]
    assert (answer.status == "answered") == bool(quoted)
