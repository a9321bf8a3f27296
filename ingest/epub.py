"""EPUB books (.epub): the chapters of the spine, read as pages (www.w3.org/TR/epub-33)."""

import posixpath
from typing import Any
from urllib.parse import unquote

from lxml import etree, html

from ingest.archive import Archive
from ingest.blocks import paragraphs
from ingest.dates import iso_day
from ingest.decode import decode
from ingest.document import Reading
from ingest.errors import NoText, NotText
from ingest.frontmatter import is_web_address, language_code

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Fonts are scrambled in books that anybody may read.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_MOST_ELEMENTS = 500_000


def read_epub(name: str, data: bytes) -> Reading:
    """The whole book as one article.

    Raises:
        NotText: it is broken, locked by DRM or unpacks to too much.
        NoText: it has no text, as a book of pictures has.
    """
    archive = Archive(name, data)
    _refuse_locked(name, archive)
    container = _xml(name, archive.read(_CONTAINER))
    path = next((one.get("full-path") for one in container.iter("{*}rootfile")), None)
    if path is None:
        raise _broken(name)
    package = _xml(name, archive.read(path))
    about = _dublin_core(package)
    found: list[str] = []
    elements = 0
    for chapter in _spine(package, path):
        if chapter not in archive.names:
            raise _broken(name)
        page = _page(name, archive.read(chapter))
        elements += sum(1 for _ in page.iter())
        if elements > _MOST_ELEMENTS:
            raise NotText(f"“{name}” has more than {_MOST_ELEMENTS:,} elements; no article has.")
        found += paragraphs(body if (body := page.find(".//body")) is not None else page)
    if not any(any(map(str.isalnum, one)) for one in found):
        raise NoText(f"“{name}” has no text; a book of pictures can't be read.")
    source = about.get("source", "")
    return Reading(
        title=about.get("title"),
        paragraphs=found,
        language=language_code(about.get("language", "")),
        published=iso_day(about.get("date", "")),
        url=source if is_web_address(source) else None,
        site=about.get("publisher"),
        author=about.get("creator"),
    )


def _refuse_locked(name: str, archive: Archive) -> None:
    if _ENCRYPTION not in archive.names:
        return
    methods = _xml(name, archive.read(_ENCRYPTION)).iter("{*}EncryptionMethod")
    if any(method.get("Algorithm") not in _FONT_SCRAMBLING for method in methods):
        raise NotText(f"“{name}” is locked (DRM); only books without it can be read.")


def _spine(package: Any, path: str) -> list[str]:
    """The chapters' names in the archive, in reading order; the table of contents is none."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    folder = posixpath.dirname(path)
    chapters = []
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if reference.get("linear") == "no" or "nav" in (item.get("properties") or "").split():
            continue
        href = unquote((item.get("href") or "").partition("#")[0])
        chapters.append(posixpath.normpath(posixpath.join(folder, href)))
    return chapters


def _dublin_core(package: Any) -> dict[str, str]:
    """The first of each: a book may have several titles and dates."""
    found: dict[str, str] = {}
    for element in package.iter(f"{_DUBLIN_CORE}*"):
        if text := " ".join((element.text or "").split()):
            found.setdefault(element.tag.removeprefix(_DUBLIN_CORE), text)
    return found


def _xml(name: str, data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _broken(name) from error


def _page(name: str, data: bytes) -> Any:
    text = decode(name, data)
    # A str must not declare an encoding (lxml), and HTML's parser drops what isn't well-formed.
    start = text.find("<", text.find("?>") + 2) if text.lstrip().startswith("<?xml") else 0
    try:
        return html.document_fromstring(text[max(start, 0) :] or "<p></p>")
    except (etree.ParserError, ValueError) as error:
        raise _broken(name) from error


def _broken(name: str) -> NotText:
    return NotText(f"“{name}” is broken: it can't be read as an EPUB book.")
