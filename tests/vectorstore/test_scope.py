"""One article alone, of what a server sees."""

from dataclasses import replace

import pytest

from tests.vectorstore.texts import article, embedded
from vectorstore import Scope, Vectorstore, read_period

CATALOGS = ("sqlite", "postgres")


QUESTION = "When will the ferry stop?"


@pytest.fixture
def papers(store: Vectorstore) -> Vectorstore:
    """The same paragraph in three articles, one of them another server's own."""
    for source, audience in (("post", "shared"), ("mail", "shared"), ("own", "guild-1")):
        text = f"The ferry to Ormsay will stop running, wrote the {source}."
        store.catalog.replace(
            replace(article(source, audience), published="2025-02-01"),
            embedded(store.embeddings, [text, "The harbour is closed."]),
        )
    store.index.apply()
    return store


def found(store: Vectorstore, audience: str, scope: Scope) -> set[str]:
    documents = store.retriever.for_audience(audience, scope).search(QUESTION, 9)
    return {document.metadata["source"] for document in documents}


def test_only_the_article_is_searched(papers: Vectorstore) -> None:
    assert found(papers, "shared", Scope()) == {"post", "mail"}
    assert found(papers, "shared", Scope(article=article("mail").id)) == {"mail"}
    assert found(papers, "guild-1", Scope(article=article("own", "guild-1").id)) == {"own"}


def test_another_servers_article_is_not_seen_by_its_id(papers: Vectorstore) -> None:
    scope = Scope(article=article("own", "guild-1").id)
    assert found(papers, "shared", scope) == found(papers, "guild-2", scope) == set()
    assert found(papers, "guild-1", Scope(article="gone")) == set()


def test_a_period_and_an_article_both_count(papers: Vectorstore) -> None:
    mail = article("mail").id
    assert found(papers, "shared", Scope(read_period("2025-02", None), mail)) == {"mail"}
    assert found(papers, "shared", Scope(read_period("2025-03", None), mail)) == set()
