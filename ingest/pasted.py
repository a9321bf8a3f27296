"""An article that somebody pasted, with the title that they gave it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.decode import scrub
from ingest.document import Document, real_title
from ingest.errors import TooLarge
from ingest.extract import extract
from ingest.settings import IngestSettings
from ingest.sources import Source


@dataclass(frozen=True, slots=True)
class PastedSource:
    """A text without a file; its title identifies it."""

    label: str
    """The title."""
    text: str

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        size = len(self.text.encode("utf-8", "surrogatepass"))
        if size > settings.max_bytes:
            raise TooLarge(self.label, settings.max_bytes, size)
        document = extract(self.label, scrub(self.text), "plain")
        title = real_title(scrub(self.label))
        return f"upload:{title}", replace(document, title=title, titled=True)

    def parts(self, settings: IngestSettings) -> Sequence[Source]:
        return [self]
