"""Small PDFs, Word documents and books, made as a test needs them."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=12, alignment=4)
INDENTED = ParagraphStyle("indented", BODY, firstLineIndent=12)
SPACED = ParagraphStyle("spaced", BODY, spaceAfter=6)
HEADING = ParagraphStyle("heading", fontName="Helvetica-Bold", fontSize=18, leading=22)


def newspaper_pdf(heading: str, paragraphs: Sequence[str], columns: int, **about: Any) -> bytes:
    """Justified columns under a running head, with page numbers."""

    def decorate(canvas: Canvas, made: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(50, 820, "The Harbour Chronicle")
        canvas.drawRightString(545, 820, "Tuesday, 4 March 2025")
        canvas.drawCentredString(297, 30, f"Page {made.page}")

    file = BytesIO()
    document = BaseDocTemplate(file, pagesize=A4, **about)
    width = 500 / columns
    frames = [Frame(50 + width * n, 60, width - 10, 740) for n in range(columns)]
    document.addPageTemplates([PageTemplate(frames=frames, onPage=decorate)])
    style = INDENTED if columns > 1 else SPACED
    document.build([Paragraph(heading, HEADING), *(Paragraph(one, style) for one in paragraphs)])
    return file.getvalue()


def lines_pdf(*lines: str, title: str = "", picture: Any = None, **options: Any) -> bytes:
    """Lines as they are given, or a picture."""
    file = BytesIO()
    canvas = Canvas(file, **options)
    canvas.setTitle(title)
    for number, line in enumerate(lines):
        canvas.drawString(50, 800 - 14 * number, line)
    if picture is not None:
        canvas.drawImage(ImageReader(picture), 50, 300, 400, 400)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def word(title: str, paragraphs: Sequence[str | Sequence[Sequence[str]]], **about: str) -> bytes:
    """A document of python-docx; a paragraph that is a list of rows is a table."""
    document = docx.Document()
    document.add_heading(title, 0)
    for one in paragraphs:
        if isinstance(one, str):
            document.add_paragraph(one)
            continue
        table = document.add_table(0, len(one[0]))
        for row in one:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    for name, value in about.items():
        setattr(document.core_properties, name, value)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def archive(members: Mapping[str, str | bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            packed.writestr(name, content, method)
    return file.getvalue()


def with_members(data: bytes, members: Mapping[str, str | bytes]) -> bytes:
    """The same archive and these members, in place of those of the same names."""
    with zipfile.ZipFile(BytesIO(data)) as packed:
        kept = {name: packed.read(name) for name in packed.namelist()}
    return archive({**kept, **members})


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def word_by_hand(body: str) -> bytes:
    """A document as other programs write it: three files, no styles, no properties."""
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{_TYPES}">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" '
            f'Type="{_DOCUMENT}" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        }
    )


def book(chapters: Mapping[str, str], members: Mapping[str, str | bytes] | None = None) -> bytes:
    """An EPUB 3 of these pages, with a table of contents and a stylesheet."""
    items = "".join(
        f'<item id="c{n}" href="text/{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<?xml version="1.0" encoding="utf-8"?><package xmlns="http://www.idpf.org/2007/opf" '
        'version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<dc:identifier id="id">urn:x</dc:identifier><dc:title>Letters from Sorrow Point</dc:title>'
        "<dc:creator>Oda Lind</dc:creator><dc:language>en-GB</dc:language>"
        "<dc:date>2024-06-01T00:00:00Z</dc:date><dc:publisher>Gannet Press</dc:publisher>"
        '</metadata><manifest><item id="nav" href="nav.xhtml" properties="nav" '
        f'media-type="application/xhtml+xml"/>{items}</manifest>'
        f'<spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    head = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>'
    pages = {f"OEBPS/text/{name}": f"{head}{body}</body></html>" for name, body in chapters.items()}
    container = (
        '<?xml version="1.0"?><container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/'
        'oebps-package+xml"/></rootfiles></container>'
    )
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/content.opf": package,
            "OEBPS/nav.xhtml": f"{head}<nav><ol><li>Contents</li></ol></nav></body></html>",
            **pages,
            **(members or {}),
        }
    )
