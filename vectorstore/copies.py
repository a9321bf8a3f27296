"""The same passage in several articles: one stands for all, the others are named beside it.

Nothing is stored of it but an index of fingerprints, which follows the passages as the full-text
tables do; what is a copy of what is read from the texts as they are now, of the audiences that are
asked. So no edit, undo or removal can leave a wrong link, and no server's article is ever linked
where another server or the shared articles are read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from langchain_core.documents import Document

from vectorstore.article import Article, Passage
from vectorstore.catalog import Catalog
from vectorstore.fingerprints import fingerprints, sharing
from vectorstore.rows import marks, within
from vectorstore.rows import passage as passage_of
from vectorstore.scope import EVERYTHING, Scope
from vectorstore.wording import Wording, covers, says, sentence_wordings, wording

# Wire copy is printed within days; the same words a week later are about another week ("There are
# no trains this weekend").
_MOST_DAYS = 6
# Fewer words ("Shares rose on Tuesday.") are a copy only where they are of the same day.
_SHORT = 12
_RUN = 4
# Of the passages that share something with one, those that share most are read.
_READ = 300


class Copies:
    """Finds copies among the passages of a catalog; every method may raise ``CatalogError``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def folded(self, documents: Sequence[Document]) -> list[Document]:
        """Retrieved passages, best first, without those all of whose sentences another one has.

        The one that stays has the place and the scores of the best of its copies: it is one text.
        """
        passages = self._alike(documents)
        best = {int(d.metadata["passage_id"]): rank for rank, d in enumerate(documents)}
        stands = {i: i for i in best}
        kept: list[Document] = []
        # Which has most stands first, so that nothing is told by none; then which is preferred.
        concerned = [d for d in documents if int(d.metadata["passage_id"]) in passages]
        for document in sorted(concerned, key=lambda d: _standing(d, passages)):
            i = int(document.metadata["passage_id"])
            over = next((k for k in kept if _is_copy(document, k, passages)), None)
            if over is None:
                kept.append(document)
                continue
            stands[i] = int(over.metadata["passage_id"])
            best[stands[i]] = min(best[stands[i]], best[i])
        ranks = sorted((best[i], rank) for rank, i in enumerate(list(best)) if stands[i] == i)
        return [_scored_as(documents[rank], documents[first]) for first, rank in ranks]

    def saying(
        self, quote: str, passage_id: int, audiences: Sequence[str], scope: Scope = EVERYTHING
    ) -> list[Article]:
        """The other articles of these audiences and this scope that have a passage's quote, in the
        order in which they would stand for each other."""
        own = self._catalog.passages([passage_id]).get(passage_id)
        if own is None:
            return []
        wanted, whole = wording(quote), sentence_wordings(own)
        found = self._sharing(own, audiences, scope)
        articles = self._catalog.articles_by_id({own.article_id, *(p.article_id for p in found)})
        mine = articles[own.article_id]
        others: dict[str, Article] = {}
        for passage in found:
            other = articles.get(passage.article_id)
            length = len(wanted.folded)
            if other is None or not _near_in_time(mine.published, other.published, length):
                continue
            sentences = sentence_wordings(passage)
            if says(sentences, wanted) or covers(sentences, whole):
                others[other.id] = other
        return _each_page_once(mine, others.values())

    def _alike(self, documents: Sequence[Document]) -> dict[int, list[Wording]]:
        """The sentences of the passages that have four words in a row in common with one of another
        article."""
        terms = self._catalog.terms(int(d.metadata["passage_id"]) for d in documents)
        articles = {int(d.metadata["passage_id"]): d.metadata["article_id"] for d in documents}
        holders: dict[object, list[int]] = defaultdict(list)
        for i, text in terms.items():
            words = text.split()
            for run in set(zip(*(words[n:] for n in range(_RUN)), strict=False)) or {tuple(words)}:
                holders[run].append(i)
        alike: set[int] = set()
        for ids in holders.values():
            if len(ids) > 1 and len({articles[i] for i in ids}) > 1:
                alike.update(ids)
        return {i: sentence_wordings(p) for i, p in self._catalog.passages(alike).items()}

    def _sharing(self, own: Passage, audiences: Sequence[str], scope: Scope) -> list[Passage]:
        """The passages of other articles that share most fingerprints with one."""
        catalog = self._catalog
        wanted = fingerprints(catalog.terms([own.id]).get(own.id, ""))
        found = sharing(catalog.database, wanted, audiences)
        ids = sorted(found, key=lambda i: (-len(found[i]), i))[:_READ]
        condition, values = within(scope)
        rows = catalog.query(
            "SELECT id, article_id, paragraph, start, text, sentences FROM passages "
            f"WHERE id IN ({marks(ids)}) AND article_id <> ? "
            f"AND audience IN ({marks(audiences)}){condition}",
            (*ids, own.article_id, *audiences, *values),
        )
        return [passage_of(row) for row in rows]


def preference(published: str | None, url: str | None, article_id: str) -> tuple[object, ...]:
    """Sorts articles with one text: the one that is quoted comes first.

    Dated ones, since what is quoted should be as of some day; then those with an address, where a
    reader can look; then the earliest, which the others are likely to have it from.
    """
    return published is None, url is None, published or "", article_id


def _standing(document: Document, passages: Mapping[int, Sequence[Wording]]) -> tuple[object, ...]:
    meta = document.metadata
    sentences = len(passages[int(meta["passage_id"])])
    return -sentences, *preference(meta["published"], meta["url"], str(meta["article_id"]))


def _is_copy(
    document: Document, other: Document, passages: Mapping[int, Sequence[Wording]]
) -> bool:
    """Whether the other passage says all that this one says, in another article."""
    mine, theirs = document.metadata, other.metadata
    if mine["article_id"] == theirs["article_id"]:
        return False
    own = passages[int(mine["passage_id"])]
    if not _near_in_time(mine["published"], theirs["published"], sum(len(s.folded) for s in own)):
        return False
    return covers(passages[int(theirs["passage_id"])], own)


def _scored_as(document: Document, best: Document) -> Document:
    scores = {key: best.metadata[key] for key in ("score", "cosine", "lexical")}
    return document.model_copy(update={"metadata": document.metadata | scores})


def _near_in_time(one: str | None, other: str | None, words: int) -> bool:
    """Whether as many words in two articles of these dates can be one text that was printed twice;
    an undated article may be of any day."""
    first, second = _day(one), _day(other)
    if first is None or second is None:
        return True
    return abs((first - second).days) <= (_MOST_DAYS if words >= _SHORT else 0)


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None


def _each_page_once(mine: Article, others: Iterable[Article]) -> list[Article]:
    """Without what has the address of another: a server may have an article that is shared too."""
    urls = {mine.url} - {None}
    found = []
    for other in sorted(others, key=lambda o: preference(o.published, o.url, o.id)):
        if other.url is None or other.url not in urls:
            found.append(other)
            urls.add(other.url)
    return found
