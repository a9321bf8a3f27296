"""What can go wrong with one source; every message is a finished sentence for a user.

IngestError
├── SourceUnreadable       no such file or folder, not permitted, or a type that is not read
│   └── TooLarge           over INGEST_MAX_BYTES
├── NotText                binary data, or an encoding that can't be told
├── NoText                 empty, or a page without an article
│   └── NotAnArticle       a page of another kind: a listing, a teaser, an error page
├── BadFrontMatter         YAML, or a value in it, that is wrong
├── FetchFailed            an address that can't be had
│   ├── AddressRefused     it leads into a private network
│   ├── Gone               there is no page any more (404, 410)
│   ├── TryLater           too many requests, or out of order for a while (429, 503)
│   └── RobotsRefused      the site's robots.txt doesn't want programs there
├── NoFeed                 an address that leads to no feed, or a feed that can't be read
├── FeedUnknown            no feed of the audience is meant
├── NothingToRefresh       no source is set, and no article is known by its URL
├── NotAnExport            a line that `python -m ingest export` never wrote
├── OutputFailed           what is written to standard output can't be
├── ArticleUnknown         no article, or several, are meant by an id or a source
└── VersionUnknown         an article was never as it is asked for
    └── NothingToUndo      there is no version before
"""


class IngestError(Exception):
    """Base of all errors of this package; ``str()`` is a sentence for the user."""

    page: str | None = None
    """The canonical address of a page that is gone, or is no article any more."""


class SourceUnreadable(IngestError):
    """The source does not exist, may not be read, or is of a type that is not read."""


class TooLarge(SourceUnreadable):
    """The source has more bytes than INGEST_MAX_BYTES."""

    def __init__(self, name: str, limit: int, size: int | None = None) -> None:
        """``size`` in bytes; None where reading stopped at the limit."""
        has = f"has {megabytes(size)}" if size else f"has more than {megabytes(limit)}"
        super().__init__(
            f"“{name}” {has}; at most {megabytes(limit)} are read (INGEST_MAX_BYTES={limit})."
        )


class NotText(IngestError):
    """The bytes are no text, or nobody can tell in which encoding."""


class NoText(IngestError):
    """There is nothing to read in it."""


class NotAnArticle(NoText):
    """The page is of another kind: a listing, a teaser, a consent form, an error page."""


class BadFrontMatter(IngestError):
    """The YAML block before the text is wrong."""


class FetchFailed(IngestError):
    """The address can't be fetched."""


class AddressRefused(FetchFailed):
    """The host is in a private network, where a stranger's address must not lead."""


class Gone(FetchFailed):
    """The server says that there is no such page, or not any more."""


class TryLater(FetchFailed):
    """The server takes no more requests for a while."""

    def __init__(self, message: str, seconds: float) -> None:
        """``seconds`` it asks to wait; 0: it doesn't say."""
        super().__init__(message)
        self.seconds = seconds


class RobotsRefused(FetchFailed):
    """The site's robots.txt asks programs to stay away from the address."""


class NoFeed(IngestError):
    """There is no feed at the address, or it can't be read."""


class FeedUnknown(IngestError):
    """The audience has no such feed."""


class NothingToRefresh(IngestError):
    """There is no source to read again."""


class ArticleUnknown(IngestError):
    """No article has this id or source, or several do."""


class VersionUnknown(IngestError):
    """The article has no version of this number."""

    def __init__(self, title: str, number: int, latest: int) -> None:
        """``latest`` is the number of its last version."""
        super().__init__(
            f"“{title}” has no version {number}; its versions are numbered from 1 to {latest}."
        )


class NothingToUndo(VersionUnknown):
    """There is no version before."""

    def __init__(self, title: str) -> None:
        IngestError.__init__(
            self,
            f"There is no version of “{title}” before this one; to take the article away, "
            "remove it.",
        )


def megabytes(size: int) -> str:
    """A number of bytes for people: ``52.4 MB``."""
    for unit, divisor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= divisor:
            return f"{size / divisor:.1f} {unit}"
    return f"{size} bytes"


class NotAnExport(IngestError):
    """The line is damaged, or of another tool."""


class OutputFailed(IngestError):
    """Standard output is closed, or what it leads to can't take more."""
