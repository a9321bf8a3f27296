"""PDFs, Word documents, books and exports, through every door."""

import gzip
import zipfile
from io import BytesIO

import pytest
from PIL import Image

from ingest.errors import IngestError
from ingest.extract import read_document
from ingest.kinds import kind_of
from tests.ingest.documents import (
    archive,
    book,
    lines_pdf,
    newspaper_pdf,
    with_members,
    word,
    word_by_hand,
)
from tests.ingest.test_pages import EXPECTED

STORY = list(
    dict.fromkeys(
        paragraph
        for page in EXPECTED.values()
        if page.get("language") == "en"
        for paragraph in page["paragraphs"]
        if len(paragraph) > 100
    )
)
DOCX = word("Bridge reopens", ["First paragraph of the report.", "Second one."], author="Nora Feld")
PDF = lines_pdf("The bridge over the Lode is open again.", title="Bridge reopens")
EPUB = book({"1.xhtml": "<h1>One</h1><p>The ferry came twice that week.</p>"})
PAGE_1 = "<h1>The ferry</h1><p>The ferry came <i>twice</i> that week.</p><ul><li>Flour</li></ul>"
PAGE_2 = "<p>In March it stayed away.<br/>We waited.</p><aside><p>Note.</p></aside>"


def complaint(name: str, data: bytes) -> str:
    with pytest.raises(IngestError) as caught:
        read_document(name, data, kind_of(name))
    assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize("columns", [1, 2])
def test_a_newspaper_of_one_and_of_two_columns(columns: int) -> None:
    data = newspaper_pdf("Bridge reopens after repairs", STORY, columns, author="Nora Feld")
    document = read_document("a.pdf", data, "pdf")
    assert document.title == "Bridge reopens after repairs"
    assert (document.author, document.language, document.published) == ("Nora Feld", "en", None)
    # No running head, no page number, no heading; paragraphs go on over columns and pages.
    assert list(document.paragraphs) == STORY


def test_words_broken_at_the_end_of_a_line() -> None:
    data = lines_pdf(
        "The well-known transpor-",
        "tation of goods is a well-",
        "known problem in Saint-",
        "Aubrac and elsewhere.",
    )
    [paragraph] = read_document("a.pdf", data, "pdf").paragraphs
    assert paragraph == (
        "The well-known transportation of goods is a well-known problem in Saint-Aubrac and "
        "elsewhere."
    )


def test_a_pdf_is_known_by_how_it_begins() -> None:
    assert read_document("a.txt", PDF, "plain").title == "Bridge reopens"
    assert read_document("pasted", PDF, None).titled


def test_pdfs_that_hold_no_text() -> None:
    assert "“e.pdf” has no text" in complaint("e.pdf", lines_pdf())
    scan = lines_pdf(picture=Image.new("L", (200, 200), 128))
    assert "“scan.pdf” is a scan: its pages are pictures without text" in complaint(
        "scan.pdf", scan
    )
    assert "“cut.pdf” is broken" in complaint("cut.pdf", PDF[:200])
    assert "“x.pdf” is broken" in complaint("x.pdf", b"<html>Not found</html>")
    locked = lines_pdf("Secret.", encrypt="open sesame")
    assert "“l.pdf” is protected by a password" in complaint("l.pdf", locked)


def test_a_word_document() -> None:
    table = [("City", "Price"), ("Vellmar", "4.10 crowns")]
    data = word(
        "Bread", ["It is dear.", table, "It was cheap."], author="Ana Petric", language="en"
    )
    document = read_document("a.docx", data, "docx")
    assert (document.title, document.author, document.language) == ("Bread", "Ana Petric", "en")
    assert document.paragraphs == (
        *("It is dear.", "City: Price", "Vellmar: 4.10 crowns", "It was cheap."),
    )


def test_a_word_document_with_changes_is_read_as_accepted() -> None:
    changes = (
        "<w:p><w:r><w:t>The vote was </w:t></w:r><w:del w:id='1' w:author='a'><w:r><w:delText>won"
        "</w:delText></w:r></w:del><w:ins w:id='2' w:author='a'><w:r><w:t>lost.</w:t></w:r></w:ins>"
        "</w:p><w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent>"
        "</w:sdt>"
    )
    document = read_document("a.docx", word_by_hand(changes), "docx")
    assert document.paragraphs == ("The vote was lost.", "In a control.")
    assert (document.title, document.titled) == ("The vote was lost.", False)


def test_word_documents_that_are_refused() -> None:
    assert "has no text besides its title" in complaint("e.docx", word("Only a title", []))
    assert "“b.docx” is broken" in complaint("b.docx", DOCX[:900])
    assert "“t.docx” is broken" in complaint("t.docx", b"A text.")
    macros = with_members(DOCX, {"word/vbaProject.bin": b"\0"})
    assert "“m.docx” holds macros" in complaint("m.docx", macros)
    ole = b"\xd0\xcf\x11\xe0" + bytes(500)
    assert "Word of before 2007" in complaint("old.docx", ole)
    locked = ole + "EncryptedPackage".encode("utf-16-le")
    assert "“p.docx” is protected by a password" in complaint("p.docx", locked)
    sheet = archive({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
    assert "“s.docx” is no Word document" in complaint("s.docx", sheet)
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    laughing = with_members(DOCX, {"word/document.xml": entities})
    assert "not built as a Word document" in complaint("l.docx", laughing)


def test_a_book() -> None:
    document = read_document("a.epub", book({"1.xhtml": PAGE_1, "2.xhtml": PAGE_2}), "epub")
    assert (document.title, document.author) == ("Letters from Sorrow Point", "Oda Lind")
    assert (document.language, document.published) == ("en", "2024-06-01")
    assert document.site == "Gannet Press"
    assert document.paragraphs == (
        *("The ferry came twice that week.", "Flour", "In March it stayed away. We waited."),
    )


def test_books_that_are_refused() -> None:
    drm = "<encryption><EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/>"
    locked = {"META-INF/encryption.xml": drm + "</encryption>"}
    assert "“l.epub” is locked (DRM)" in complaint("l.epub", book({"1.xhtml": PAGE_1}, locked))
    assert "has no text" in complaint("p.epub", book({"1.xhtml": "<img src='a.png'/>"}))
    lost = {"OEBPS/content.opf": "<package><manifest"}
    assert "“b.epub” is broken" in complaint("b.epub", book({"1.xhtml": PAGE_1}, lost))


def test_scrambled_fonts_are_no_lock() -> None:
    font = "<encryption><EncryptionMethod Algorithm='http://www.idpf.org/2008/embedding'/>"
    data = book({"1.xhtml": PAGE_1}, {"META-INF/encryption.xml": font + "</encryption>"})
    assert read_document("a.epub", data, "epub").paragraphs


@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
def test_archives_made_to_do_harm(name: str) -> None:
    small = DOCX if name == "a.docx" else EPUB
    inner = archive({"bomb.txt": bytes(1_000_000)})
    nested = with_members(small, {"word/embeddings/inner.zip": inner})
    assert "holds another archive (inner.zip)" in complaint(name, nested)
    packed = with_members(small, {"word/media/a.gz": gzip.compress(bytes(1000))})
    assert "holds another archive (a.gz)" in complaint(name, packed)
    bomb = with_members(small, {"word/media/image.bin": bytes(101_000_000)})
    assert len(bomb) < 200_000
    assert "unpacks to more than 100 MB" in complaint(name, bomb)
    page = with_members(small, {"word/document.xml": b" " * 21_000_000})
    if name == "a.docx":
        assert "more than 20 MB of text in one file" in complaint(name, page)
    crowd = with_members(small, {f"word/{n}.xml": b"" for n in range(5_001)})
    assert "holds more than 5,000 files" in complaint(name, crowd)


def test_a_size_that_is_a_lie_is_where_unpacking_stops() -> None:
    """The directory says 10 bytes, the packed data would be 50 MB."""
    data = archive(
        {"mimetype": "application/epub+zip", "META-INF/container.xml": bytes(50_000_000)}
    )
    real = (50_000_000).to_bytes(4, "little")
    assert "“a.epub” is broken" in complaint(
        "a.epub", data.replace(real, (10).to_bytes(4, "little"))
    )


def test_an_encrypted_archive() -> None:
    data = bytearray(EPUB)
    with zipfile.ZipFile(BytesIO(EPUB)) as packed:
        start = packed.start_dir
    while (start := data.find(b"PK\x01\x02", start)) >= 0:
        data[start + 8] |= 1  # general purpose bit 0 of the central directory (APPNOTE.TXT, 4.3.12)
        start += 4
    assert "“a.epub” is protected by a password" in complaint("a.epub", bytes(data))
