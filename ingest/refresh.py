"""Which sources are read again: those of INGEST_SOURCES, and every address that is known."""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.canonical import is_url
from ingest.expand import expand
from ingest.settings import IngestSettings
from ingest.sources import Source, WebSource
from vectorstore import SHARED, Article


class Refreshed(NamedTuple):
    """A source that is read once, and the audiences that get what it says."""

    source: Source
    audiences: list[str]


def refreshed_sources(
    settings: IngestSettings,
    known: Sequence[Article],
    audiences: Sequence[str],
    *,
    operator: bool,
) -> list[Refreshed]:
    """The sources to read again, none of them twice; INGEST_SOURCES when the shared ones are meant.

    Articles that only name an address, in their front matter, did not come from there and are left
    alone.
    """
    found = []
    if SHARED in audiences:
        found = [Refreshed(one, [SHARED]) for one in _set_sources(settings)]
    by_address = {one.source.url: one for one in found if isinstance(one.source, WebSource)}
    for article in known:
        url = article.source
        if not is_url(url):
            continue
        if url not in by_address:
            trusted = operator and _names_an_address(url)
            by_address[url] = Refreshed(WebSource(url, url, trusted), [])
            found.append(by_address[url])
        places = by_address[url].audiences
        if article.audience not in places:
            places.append(article.audience)
    return found


def _set_sources(settings: IngestSettings) -> list[Source]:
    # The settings are the operator's word, whoever asks for a refresh.
    if "sources" in settings.model_fields_set:
        return expand(settings.sources, operator=True)
    # The folder that nobody asked for needn't exist.
    return expand([s for s in settings.sources if Path(s).exists()], operator=True)


def _names_an_address(url: str) -> bool:
    """Whether the host is a number or localhost.

    Such an article was once allowed in as it stands, whereas a stranger's host name that was public
    then may lead into the private network now.
    """
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
