"""PDF files: read by PDFium in a process of its own, with limits of time and memory."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ingest.document import Reading
from ingest.errors import NoText, NotText
from ingest.pdf_layout import Line, read_layout

_SECONDS = 60
# What programs write where nobody gave a title.
_NO_TITLE = (
    "untitled",
    "(anonymous)",
    "(unspecified)",
    "microsoft word - ",
    "microsoft powerpoint - ",
    "unbenannt",
    "sans titre",
)
_NO_AUTHOR = ("anonymous", "(anonymous)", "unknown", "administrator", "admin", "user")
_FILE_NAME = re.compile(r"\.\w{2,5}$")
_PROBLEMS = {
    "password": "is protected by a password; save it without one and add that.",
    "broken": "is broken: it can't be read as a PDF.",
    "pages": "has more than 1,000 pages; no article has.",
    "characters": "has more than 5,000,000 characters; no article has.",
}
# Letters that a font has no name for come out as these.
_NO_LETTER = "\ufffd\ufffe\uffff\0"
_MOST_UNREADABLE = 0.2


def read_pdf(name: str, data: bytes) -> Reading:
    """The article in a PDF.

    The file's own dates are those of the file, not of the article: it comes out undated.

    Raises:
        NotText: it is broken, protected, too long, or takes too much time or memory.
        NoText: it has no text, as a scan has.
    """
    found = _lines(name, data)
    pages = [[Line(*line) for line in page] for page in found["pages"]]
    text = "".join(line.text for page in pages for line in page)
    if not any(map(str.isalnum, text)):
        raise NoText(_without_text(name, found["images"]))
    if sum(c in _NO_LETTER or "\ue000" <= c <= "\uf8ff" for c in text) > _MOST_UNREADABLE * len(
        text
    ):
        raise NotText(
            f"The fonts of “{name}” don't tell which letters they show; save its text to a file "
            "and add that."
        )
    layout = read_layout(pages)
    title = _told(found["title"], _NO_TITLE) or layout.heading
    return Reading(
        title=title,
        paragraphs=layout.paragraphs,
        author=_told(found["author"], _NO_AUTHOR),
    )


def _without_text(name: str, images: int) -> str:
    if images:
        return (
            f"“{name}” is a scan: its pages are pictures without text. Let a program recognise the "
            "text (OCR) and add that."
        )
    return f"“{name}” has no text."


def _told(value: str, nothing: tuple[str, ...]) -> str | None:
    value = " ".join(value.split())
    if value.lower().startswith(nothing) or _FILE_NAME.search(value):
        return None
    return value or None


def _lines(name: str, data: bytes) -> dict[str, Any]:
    root = Path(__file__).parents[1]
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ingest.pdf_lines"],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            env={**os.environ, "PYTHONPATH": path},
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise NotText(f"“{name}” takes more than {_SECONDS} seconds to read.") from error
    except subprocess.CalledProcessError as error:
        raise NotText(f"“{name}” can't be read: it is broken, or takes too much memory.") from error
    found: dict[str, Any] = json.loads(done.stdout)
    if problem := found.get("problem"):
        raise NotText(f"“{name}” {_PROBLEMS[problem]}")
    return found
