"""Text and documents of any kind to a Document."""

from collections.abc import Callable

from ingest.decode import decode
from ingest.document import (
    Document,
    Reading,
    finished,
    has_something_visible,
    says_something,
)
from ingest.docx import read_docx
from ingest.epub import read_epub
from ingest.errors import NoText, NotText
from ingest.frontmatter import parse_front_matter
from ingest.kinds import Kind, TextKind, sniff, sniff_bytes
from ingest.markdown import read_markdown
from ingest.pdf import read_pdf
from ingest.plaintext import plain_paragraphs
from ingest.webpage import read_page

_READERS: dict[Kind, Callable[[str, bytes], Reading]] = {
    "pdf": read_pdf,
    "docx": read_docx,
    "epub": read_epub,
}


def read_document(
    name: str,
    data: bytes,
    kind: Kind | None,
    charset: str | None = None,
    url: str | None = None,
) -> Document:
    """Read bytes of any kind; ``kind`` None is told from how they begin.

    ``charset`` is what came with them, ``url`` where a page was read.

    Raises:
        NotText: they are broken, protected, or of a kind that is not read.
        NoText: there is no article in them.
        BadFrontMatter: the YAML block before a text is wrong.
    """
    if not data.strip():
        raise NoText(f"“{name}” is empty.")
    # A Word document that is called a text is one all the same.
    kind = sniff_bytes(data) or kind
    if kind is not None and kind in _READERS:
        return finished(name, _READERS[kind](name, data))
    text = decode(name, data, charset)
    told = kind or sniff(text)
    if told == "plain" or told == "markdown" or told == "html":
        return extract(name, text, told, url)
    raise NotText(
        f"“{name}” is JSON; give it a name that ends in .jsonl to read an article a line."
    )


def extract(name: str, text: str, kind: TextKind, url: str | None = None) -> Document:
    """Read a text.

    Raises:
        NoText: it is empty, or a page without an article.
        BadFrontMatter: the YAML block before it is wrong.
    """
    if not says_something(text):
        raise NoText(f"“{name}” is empty.")
    return finished(name, read_page(name, text, url) if kind == "html" else _text(name, text, kind))


def _text(name: str, text: str, kind: TextKind) -> Reading:
    front, body = parse_front_matter(name, text)
    if kind == "markdown":
        heading, blocks = read_markdown(body)
        paragraphs = list(filter(has_something_visible, blocks))
    else:
        heading, paragraphs = None, plain_paragraphs(body)
    return Reading(
        title=front.title or heading,
        paragraphs=paragraphs,
        language=front.language,
        published=front.published,
        modified=front.modified,
        url=front.url,
        site=front.site,
        author=front.author,
    )
