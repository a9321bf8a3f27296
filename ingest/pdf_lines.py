"""The lines of a PDF and where they stand; runs as a process of its own (see ``pdf``).

PDFium is C++ that reads what strangers send: here it can crash, hang or ask for all the memory
without taking the bot along.
"""

import ctypes
import json
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

_MEMORY = 2_000_000_000
_MOST_PAGES = 1_000
_MOST_CHARACTERS = 5_000_000
# Wider than any space in a justified line: the gutter between two columns, or a table's cells.
_GAP_IN_SIZES = 1.8
SOFT_HYPHEN = "\u00ad"
_HYPHEN_AT_LINE_END = "\x02"  # FPDFText_GetUnicode for a hyphen that PDFium takes for a soft one


def main() -> None:
    """Read a PDF from standard input and write what it holds as one JSON object.

    Keys: ``problem`` (``password``, ``broken``, ``pages`` or ``characters``), or ``title``,
    ``author``, ``images`` (the number of pages with one) and ``pages``: lists of lines, each
    ``[text, left, right, baseline, size]`` in points, in the file's own order. A line that ends
    in a soft hyphen was broken inside a word.
    """
    _limit_memory()
    json.dump(_read(sys.stdin.buffer.read()), sys.stdout)


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError, OSError):  # Windows, and systems that know no such limit
        return


def _read(data: bytes) -> dict[str, Any]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        return {"problem": "password" if locked else "broken"}
    if len(pdf) > _MOST_PAGES:
        return {"problem": "pages"}
    pages: list[list[list[object]]] = []
    images = characters = 0
    try:
        for page in pdf:
            text = page.get_textpage()
            characters += text.count_chars()
            if characters > _MOST_CHARACTERS:
                return {"problem": "characters"}
            pages.append([line for run in _runs(text) if (line := _line(run))])
            kinds = [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
            images += any(True for _ in page.get_objects(filter=kinds, max_depth=3))
    except pypdfium2.PdfiumError:
        return {"problem": "broken"}
    title, author = (pdf.get_metadata_value(key) for key in ("Title", "Author"))
    return {"title": title, "author": author, "images": images, "pages": pages}


class _Glyph(NamedTuple):
    character: str
    left: float
    right: float
    baseline: float
    size: float


def _runs(text: Any) -> Iterator[list[_Glyph]]:
    """Glyphs that stand beside each other on one line."""
    run: list[_Glyph] = []
    for glyph in _glyphs(text):
        if glyph.character in "\r\n":
            yield run
            run = []
            continue
        solid = next((one for one in reversed(run) if not one.character.isspace()), None)
        if solid and not glyph.character.isspace() and _apart(solid, glyph):
            yield run
            run = []
        run.append(glyph)
    yield run


def _apart(one: _Glyph, other: _Glyph) -> bool:
    # Right-to-left scripts go the other way.
    gap = max(other.left - one.right, one.left - other.right)
    return gap > _GAP_IN_SIZES * max(one.size, other.size, 1)


def _glyphs(text: Any) -> Iterator[_Glyph]:
    from pypdfium2 import raw

    left, right, bottom, top, x, baseline = (ctypes.c_double() for _ in range(6))
    high = ""
    for index in range(text.count_chars()):
        character = chr(raw.FPDFText_GetUnicode(text, index))
        if "\ud800" <= character < "\udc00":
            high = character
            continue
        if "\udc00" <= character <= "\udfff":
            pair = (high + character).encode("utf-16", "surrogatepass")
            character = pair.decode("utf-16", "replace")
        raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
        raw.FPDFText_GetCharOrigin(text, index, x, baseline)
        # A font of size 1 that the page's matrix scales up says nothing: its glyphs do.
        size = max(raw.FPDFText_GetFontSize(text, index), top.value - bottom.value)
        yield _Glyph(character, left.value, right.value, baseline.value, size)


def _line(run: list[_Glyph]) -> list[object] | None:
    solid = [glyph for glyph in run if not glyph.character.isspace()]
    if not solid:
        return None
    text = "".join(glyph.character for glyph in run).strip()
    left, right = min(glyph.left for glyph in solid), max(glyph.right for glyph in solid)
    size = median(glyph.size for glyph in solid)
    places = (round(number, 1) for number in (left, right, solid[0].baseline, size))
    return [text.replace(_HYPHEN_AT_LINE_END, SOFT_HYPHEN), *places]


if __name__ == "__main__":
    main()
