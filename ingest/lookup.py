"""Find the article that a user means by an id, a title or a source."""

from pathlib import Path

from ingest.canonical import canonical_path, canonical_url, other_scheme
from ingest.decode import scrub
from ingest.errors import ArticleUnknown
from vectorstore import Article, Catalog, article_id
from vectorstore.searchtext import fold

_SHORTEST_PREFIX = 4
_MOST_NAMED = 3


def find_article(catalog: Catalog, audience: str, named: str, *, removed: bool = False) -> Article:
    """The article with this id (or its beginning), title, source, path, or address.

    A whole id is found in any audience, everything else in the one that is given. ``removed``:
    also one that was removed, as it was then.

    Raises:
        ArticleUnknown: there is none, or there are several.
    """
    ids = [scrub(named), *(article_id(audience, source) for source in _sources(named))]
    for wanted in ids:
        found = catalog.article(wanted) or (_as_it_was(catalog, wanted) if removed else None)
        if found:
            return found
    articles = catalog.articles([audience])
    if removed:
        articles += catalog.versions.removed_articles([audience])
    matching = [a for a in articles if _is_meant(a, named)]
    if len(matching) > 1:
        some = ", ".join(f"{a.id} ({a.source})" for a in matching[:_MOST_NAMED])
        raise ArticleUnknown(f"“{named}” could be {len(matching)} articles: {some}; give an id.")
    if not matching:
        raise ArticleUnknown(f"There is no article “{named}” in “{audience}”.")
    return matching[0]


def _as_it_was(catalog: Catalog, article_id: str) -> Article | None:
    versions = catalog.versions.of(article_id)
    return versions[-1].article if versions else None


def _sources(named: str) -> list[str]:
    try:
        return [
            scrub(named),
            canonical_path(Path(named)),
            canonical_url(scrub(named)),
            other_scheme(canonical_url(scrub(named))),
            f"upload:{scrub(named)}",
            f"stdin:{scrub(named)}",
        ]
    except (ValueError, OSError):  # what can't be a path or an address is an id or nothing
        return [scrub(named)]


def _is_meant(article: Article, named: str) -> bool:
    begins = len(named) >= _SHORTEST_PREFIX and article.id.startswith(named.lower())
    return begins or article.url == named or fold(article.title) == fold(named.strip())
