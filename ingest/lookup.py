"""Find the article that a user means by an id or a source."""

from pathlib import Path

from ingest.decode import scrub
from ingest.errors import ArticleUnknown
from ingest.sources import canonical_path, canonical_url
from vectorstore import Article, Catalog, article_id

_SHORTEST_PREFIX = 4
_MOST_NAMED = 3


def find_article(catalog: Catalog, audience: str, named: str) -> Article:
    """The article with this id (or its beginning), source, path, or address.

    A whole id is found in any audience, everything else in the one that is given.

    Raises:
        ArticleUnknown: there is none, or there are several.
    """
    exact = catalog.article(scrub(named))
    if exact:
        return exact
    for source in _sources(named):
        found = catalog.article(article_id(audience, source))
        if found:
            return found
    articles = catalog.articles([audience])
    matching = [a for a in articles if _is_meant(a, named)]
    if len(matching) > 1:
        some = ", ".join(f"{a.id} ({a.source})" for a in matching[:_MOST_NAMED])
        raise ArticleUnknown(f"“{named}” could be {len(matching)} articles: {some}; give an id.")
    if not matching:
        raise ArticleUnknown(f"There is no article “{named}” in “{audience}”.")
    return matching[0]


def _sources(named: str) -> list[str]:
    try:
        return [
            scrub(named),
            canonical_path(Path(named)),
            canonical_url(scrub(named)),
            f"upload:{scrub(named)}",
            f"stdin:{scrub(named)}",
        ]
    except (ValueError, OSError):  # what can't be a path or an address is an id or nothing
        return [scrub(named)]


def _is_meant(article: Article, named: str) -> bool:
    begins = len(named) >= _SHORTEST_PREFIX and article.id.startswith(named.lower())
    return begins or article.url == named
