"""Which kinds of text are read, and how one is told: by name, by media type, by how it begins."""

import re
from pathlib import PurePath
from typing import Literal

TextKind = Literal["plain", "markdown", "html"]
Kind = TextKind | Literal["pdf", "docx", "epub", "records"]

SUFFIXES: dict[str, Kind] = {
    ".txt": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
    ".jsonl": "records",
    ".ndjson": "records",
}
READ_TYPES = (
    "text (.txt), Markdown (.md, .markdown), HTML (.html, .htm, .xhtml), PDF (.pdf), Word (.docx), "
    "EPUB (.epub) and JSON Lines (.jsonl, .ndjson)"
)
MEDIA_TYPES: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "plain",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/epub+zip": "epub",
    "application/x-ndjson": "records",
    "application/jsonl": "records",
    "application/jsonlines": "records",
}
# Types that tell nothing: the name decides.
UNTOLD_TYPES = {"", "application/octet-stream", "binary/octet-stream", "application/zip"}

# Possessive and atomic: nothing is tried twice, however the text goes on.
_HTML = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:(?><!--.*?-->)\s*+)*+(?:<!doctype html|<html\b|<head\b)",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(r"\s*(---[ \t]*\r?\n|#[ \t]+\S)")
_RECORD = re.compile(r'\s*\{\s*"')


def kind_of(name: str) -> Kind | None:
    """What a file of this name holds; None for a type that is not read."""
    return SUFFIXES.get(PurePath(name).suffix.lower())


def sniff_bytes(data: bytes) -> Kind | None:
    """The kind of a document that is no text; None for everything else."""
    if data.startswith(b"PK\x03\x04"):
        # A book names itself in its first member (EPUB 3.3, 4.2.1); Word's body has a fixed name.
        if b"mimetypeapplication/epub+zip" in data[:100]:
            return "epub"
        return "docx" if b"word/document.xml" in data else None
    return "pdf" if data[:1024].lstrip().startswith(b"%PDF-") else None


def sniff(text: str) -> TextKind | Literal["records"]:
    """What a text without a name holds, by how it begins."""
    if _HTML.match(text):
        return "html"
    if _RECORD.match(text):
        return "records"
    return "markdown" if _MARKDOWN.match(text) else "plain"
