"""Whether an article that comes in is there already: the very article, or its story elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ingest.canonical import site_of
from vectorstore import SHARED, Article, Catalog, Passage
from vectorstore.copies import preference
from vectorstore.rows import digest
from vectorstore.searchtext import terms, words
from vectorstore.stories import Common, Stories, alike, article_fingerprints


@dataclass(slots=True)
class Preview:
    """What a dry run would have stored by now: ids, digests and fingerprints, no texts."""

    articles: dict[str, tuple[Article, str]] = field(default_factory=dict)
    passages: dict[str, Counter[int]] = field(default_factory=dict)
    """Hashes of their texts, by article."""
    texts: dict[tuple[str, str], list[Article]] = field(default_factory=dict)
    holders: dict[int, list[str]] = field(default_factory=dict)
    """Ids of the articles that have a fingerprint."""
    sizes: dict[str, int] = field(default_factory=dict)
    """How many each has."""

    def add(self, article: Article, passages: Sequence[Passage]) -> None:
        text = digest(passages)
        self.articles[article.id] = (article, text)
        self.passages[article.id] = hashes(passages)
        self.texts.setdefault((article.audience, text), []).append(article)
        prints = article_fingerprints(terms_of(passages))
        self.sizes[article.id] = len(prints)
        for one in prints:
            self.holders.setdefault(one, []).append(article.id)

    def like(self, passages: Sequence[Passage], audience: str, besides: str = "") -> list[Article]:
        """The articles that tell the story of some passages, of those that an audience sees;
        ``besides`` is the id of their own article."""
        prints = article_fingerprints(terms_of(passages))
        common: dict[str, Common] = defaultdict(Common)
        for one in prints:
            others = {i for i in self.holders.get(one, ()) if i != besides}
            for other in others:
                common[other].add(len(others) + 1)
        found = (self.articles[i][0] for i in alike(len(prints), common, self.sizes))
        return [other for other in found if other.audience in {SHARED, audience}]


def same_article(
    catalog: Catalog, article: Article, passages: Sequence[Passage], preview: Preview | None
) -> Article | None:
    """An article with the same text that is no other publication, of those its audience sees."""
    text = digest(passages)
    for place in dict.fromkeys((article.audience, SHARED)):
        stored = catalog.same_text(place, passages)
        previewed = preview.texts.get((place, text), []) if preview else []
        for other in (*stored, *previewed):
            if not _other_publication(article, other):
                return other
    return None


def same_story(
    catalog: Catalog, article: Article, passages: Sequence[Passage], preview: Preview | None
) -> tuple[Article, ...]:
    """The articles that tell the story of this one, of those that its audience sees; the one that
    would stand for all first."""
    like = Stories(catalog).like(terms_of(passages), article.audience, article.id)
    found = catalog.articles_by_id(like)
    if preview:
        found |= {other.id: other for other in preview.like(passages, article.audience, article.id)}
    return in_order(found.values())


def in_order(articles: Iterable[Article]) -> tuple[Article, ...]:
    """The one that is quoted in place of the others first."""
    return tuple(sorted(articles, key=lambda a: preference(a.published, a.url, a.id)))


def _other_publication(one: Article, other: Article) -> bool:
    """Whether two articles with the same text are two: of other sites, or, where one tells none,
    under other headlines. Wire copy is; a file's copy, or a page's second address, is not."""
    for known in (_site_name, _host):
        mine, theirs = known(one), known(other)
        if mine and theirs:
            return mine != theirs
    return one.titled and other.titled and words(one.title) != words(other.title)


def _site_name(article: Article) -> str:
    return " ".join(words(article.site or ""))


def _host(article: Article) -> str:
    return site_of(urlsplit(article.url).netloc) if article.url else ""


def hashes(passages: Iterable[Passage]) -> Counter[int]:
    """How often each text is there, without the texts."""
    return Counter(hash(passage.text) for passage in passages)


def terms_of(passages: Iterable[Passage]) -> list[str]:
    """The passages' folded words, as the catalog keeps them."""
    return [terms(passage.text) for passage in passages]
