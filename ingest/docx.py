"""Word documents (.docx): mammoth reads them, this takes its paragraphs."""

import logging
from io import BytesIO
from typing import Any

from lxml import etree, html

from ingest.archive import Archive
from ingest.blocks import paragraphs, text_of
from ingest.document import Reading
from ingest.errors import NoText, NotText
from ingest.frontmatter import language_code

_BODY = "word/document.xml"
_PROPERTIES = "docProps/core.xml"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
# A protected document is packed into the container that old ones were (MS-OFFCRYPTO, 2.3).
_OLE = b"\xd0\xcf\x11\xe0"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED = "is protected by a password; save it without one and add that."
_OLD = "is of the Word of before 2007; save it as .docx and add that."
_STYLES = "p[style-name='Title'] => h1.title:fresh\np[style-name='Subtitle'] => p:fresh"
_MOST_ELEMENTS = 500_000


def read_docx(name: str, data: bytes) -> Reading:
    """The article in a Word document, as it reads with all changes accepted.

    The file's own dates are those of the file, not of the article: it comes out undated.

    Raises:
        NotText: it is broken, protected, holds macros or unpacks to too much.
        NoText: it has no text.
    """
    if data.startswith(_OLE):
        raise NotText(f"“{name}” {_ENCRYPTED if _PACKAGE in data else _OLD}")
    archive = Archive(name, data)
    if _BODY not in archive.names:
        raise NotText(f"“{name}” is no Word document, whatever its name says.")
    if any(one.lower().endswith("vbaproject.bin") for one in archive.names):
        raise NotText(f"“{name}” holds macros; save it as a .docx without them and add that.")
    for member in archive.names:
        if member.endswith((".xml", ".rels")):
            _refuse_oversized(name, archive.read(member))
    tree = html.fragment_fromstring(_as_html(name, data), create_parent="div")
    for backlink in tree.xpath("//a[starts-with(@href, '#') and contains(@href, 'note-ref')]"):
        backlink.drop_tree()
    properties = _properties(name, archive)
    heading = next((text for one in tree.iter("h1") if (text := text_of(one))), None)
    title = _first_title(tree) or properties.get("title") or heading
    return Reading(
        title=title,
        paragraphs=list(paragraphs(tree)),
        language=language_code(properties.get("language", "")),
        author=properties.get("creator"),
    )


def _refuse_oversized(name: str, xml: bytes) -> None:
    if xml.count(b"<") > 2 * _MOST_ELEMENTS or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise NotText(f"“{name}” is not built as a Word document is; no article needs that.")


def _as_html(name: str, data: bytes) -> str:
    import mammoth  # 0.1 s, only when there is a document to read

    logging.getLogger("mammoth").setLevel(logging.CRITICAL)
    no_image = mammoth.images.img_element(lambda _: {})
    try:
        result = mammoth.convert_to_html(BytesIO(data), style_map=_STYLES, convert_image=no_image)
    except Exception as error:  # mammoth promises no error of its own
        raise NotText(f"“{name}” is broken: it can't be read as a Word document.") from error
    text: str = result.value
    if not text.strip():
        raise NoText(f"“{name}” is empty.")
    return text


def _first_title(tree: Any) -> str | None:
    found = tree.find_class("title")
    return text_of(found[0]) or None if found else None


def _properties(name: str, archive: Archive) -> dict[str, str]:
    """Dublin Core properties by name: ``title``, ``creator``, ``language``."""
    if _PROPERTIES not in archive.names:
        return {}
    try:
        root = etree.fromstring(
            archive.read(_PROPERTIES), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except etree.XMLSyntaxError as error:
        raise NotText(f"“{name}” is broken: it can't be read as a Word document.") from error
    return {
        element.tag.removeprefix(_DUBLIN_CORE): text
        for element in root.iter(f"{_DUBLIN_CORE}*")
        if (text := " ".join((element.text or "").split()))
    }
