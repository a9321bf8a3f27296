"""Everything here that reads what strangers wrote, each with samples to break."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.answering.question import read_question
from bot.errors import QuestionError
from bot.splitting import pages
from bot.splitting import split as split_message
from ingest.canonical import canonical_url, same_site
from ingest.dates import iso_day, written_day
from ingest.decode import decode
from ingest.document import Document
from ingest.errors import IngestError
from ingest.extract import read_document
from ingest.feeds.formats import read_feed
from ingest.frontmatter import is_web_address
from ingest.kinds import Kind
from ingest.records import lines, read_record
from ingest.split import split
from tests.ingest.documents import archive, book, newspaper_pdf, word, word_by_hand
from tests.ingest.test_feed_formats import ATOM, RDF, RSS091, RSS2, SITEMAP
from tests.ingest.test_pages import PAGES
from vectorstore.errors import VectorstoreError
from vectorstore.period import read_period
from vectorstore.searchtext import words

_PARAGRAPHS = [
    "The Kestrel Bridge reopened on Tuesday. It cost €4.5 million, Ida Brandt said.",
    "Two.",
]
_MARKDOWN = (
    "---\ntitle: Bridge reopens\npublished: 2025-03-04\nurl: https://a.example/b?c=d\n"
    "language: en\n"
    "---\n# Bridge\n\nThe bridge *reopened* on [Tuesday](https://a.example).\n\n- One\n- Two\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n> “Quoted”, she said.\n\n```\ncode\n```\n"
)
_TEXTS = (
    *("Who attended the Saudi talks?", "¿Quién asistió a las conversaciones en 2025?"),
    *(
        "4. März 2025",
        "2025-03-04T08:00:00+01:00",
        "le 4 mars 2025",
        "٤ مارس ٢٠٢٥",
        "2025/3/4 8:00",
    ),
    *("https://user:pw@a.example:8443/b/../c?utm_source=x&d=%20#e", "//a.example", "http://[::1]/"),
    *("RussieMarco Waltzet", "**bold** `code` [1] <@123> @everyone ||spoiler||", "字" * 50),
)


@dataclass(frozen=True)
class Target:
    """What is tried, and the well-formed input that is broken for it."""

    run: Callable[[bytes], None]
    samples: Sequence[bytes]


def _document(kind: Kind | None) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        try:
            _check(read_document("a.file", data, kind, url="https://a.example/b"))
        except IngestError as error:
            check_sentence(error)

    return run


def _check(document: Document) -> None:
    """What the store takes for granted."""
    assert document.title.strip()
    assert document.paragraphs
    for passage in split(document.paragraphs, document.language):
        paragraph = document.paragraphs[passage.paragraph - 1]
        assert passage.text == paragraph[passage.start : passage.start + len(passage.text)]
        assert passage.text.strip()
        passage.text.encode()
        assert passage.sentences[0].start >= 0
        assert passage.sentences[-1].end <= len(passage.text)
        words(passage.text)


def check_sentence(error: Exception) -> None:
    """Finished, for a user."""
    told = str(error)
    assert told.strip().endswith((".", "…", ")", "!", "”")), told
    told.encode()


def _records(data: bytes) -> None:
    try:
        for number, line in lines("a.jsonl", decode("a.jsonl", data)):
            _check(read_record(f"line {number}", line)[1])
    except IngestError as error:
        check_sentence(error)


def _feed(data: bytes) -> None:
    try:
        feed = read_feed("https://a.example/feed", data)
    except IngestError as error:
        check_sentence(error)
        return
    for entry in feed.entries if feed else ():
        assert entry.url.startswith(("http://", "https://"))


def _text(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        read_question(text)
    except QuestionError as error:
        check_sentence(error)
    iso_day(text)
    written_day(text, "en")
    if is_web_address(text):
        same_site(text, canonical_url(text))
    parts = split_message(text, 500)
    for part in (*parts, *pages(parts, "\n", 2000)):
        assert len(part) <= 2000
    try:
        read_period(text[:20], text[20:40] or None)
    except VectorstoreError as error:
        check_sentence(error)


def _member(kind: Kind, whole: bytes, member: str) -> Target:
    """A file of an archive: broken as a whole, the archive is hardly ever opened."""
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}

    def run(data: bytes) -> None:
        _document(kind)(archive({**members, member: data}))

    return Target(run, [members[member]])


def _json_feed() -> bytes:
    items = [{"id": "1", "url": "https://a.example/1", "date_published": "2025-03-04T08:00:00Z"}]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def _record_lines() -> bytes:
    made = {"title": "Bridge", "text": "\n".join(_PARAGRAPHS), "url": "https://a.example/1"}
    return "\n".join(json.dumps(made | {"date": day}) for day in ("2025-03-04", "4 March")).encode()


_TEXT_SAMPLES = tuple(text.encode() for text in _TEXTS)
_WORD = word("Bridge", [*_PARAGRAPHS, [["a", "b"]]])
# Without the styles of python-docx, which take a second to read.
_SMALL_WORD = word_by_hand(
    "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in _PARAGRAPHS)
    + "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    + '<w:p><w:hyperlink w:anchor="x"><w:r><w:br/><w:t xml:space="preserve"> b</w:t></w:r>'
    + "</w:hyperlink></w:p><w:sectPr/>"
)
_BOOK = book({"1.xhtml": "<h1>One</h1><p>The ferry came.</p>"})

TARGETS = {
    "html": Target(_document("html"), [path.read_bytes() for path in sorted(PAGES.glob("*.html"))]),
    "markdown": Target(_document("markdown"), [_MARKDOWN.encode(), _MARKDOWN.encode("utf-16")]),
    "plain": Target(
        _document("plain"), [*_TEXT_SAMPLES, "\n\n".join(_TEXTS).encode("cp1252", "replace")]
    ),
    "sniffed": Target(_document(None), [_MARKDOWN.encode(), *_TEXT_SAMPLES, _record_lines()]),
    "pdf": Target(
        _document("pdf"),
        [newspaper_pdf("Bridge", _PARAGRAPHS * 5, columns) for columns in (1, 2)],
    ),
    "docx": Target(_document("docx"), [_WORD]),
    "docx, its text": _member("docx", _SMALL_WORD, "word/document.xml"),
    "epub": Target(_document("epub"), [_BOOK]),
    "epub, a page": _member("epub", _BOOK, "OEBPS/text/1.xhtml"),
    "epub, its contents": _member("epub", _BOOK, "OEBPS/content.opf"),
    "records": Target(_records, [_record_lines()]),
    "feed": Target(
        _feed, [*(text.encode() for text in (RSS2, ATOM, RDF, RSS091, SITEMAP)), _json_feed()]
    ),
    "text": Target(_text, _TEXT_SAMPLES),
}
