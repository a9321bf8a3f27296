"""Lines on pages to paragraphs: columns, running heads, words that were broken at a line's end."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

_SOFT_HYPHEN = "\u00ad"
_SENTENCE_END = re.compile(r"[.!?…:。！？؟।॥\"”»)\]]$")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|pagina|página|стр\.?|صفحة|第|पृष्ठ)\s*)?"
    r"(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|de|sur|di|из|من)\s*\d{1,4})?(?:\s*[页頁])?\W*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•▪◦‣●■]\s+\S")
# “12. März” or a dash may begin any line; after the end of a sentence they begin a point.
_POINT = re.compile(r"(?:[–—*-]|\(?\d{1,2}[.)])\s+\S")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
# Lines at the top and at the bottom of a page that may be its running head or foot.
_EDGE_LINES = 3
# Shares of a line's height, of a column's width, of lines and of the size of the body's letters.
_INDENT = 0.7
_SHORT = 0.88
_PITCH = 1.3
_JUSTIFIED = 0.35
_LARGER = 1.12
_ALONE = 1.6
_HEADING_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, in points; the baseline is counted from the bottom of the page."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Layout:
    """What the pages say: the largest heading of the first one, and the paragraphs."""

    heading: str | None
    paragraphs: list[str]


def read_layout(pages: Sequence[Sequence[Line]]) -> Layout:
    """Paragraphs in reading order, without running heads, page numbers and headings."""
    kept = [_in_reading_order(page) for page in _without_running_heads(pages)]
    lines = [line for page in kept for line in page]
    if not lines:
        return Layout(None, [])
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0]
    words = _hyphenated_words(lines)
    blocks = [(block[0].size, _joined(block, words)) for block in _blocks(kept)]
    headings = [one for one in blocks if _is_heading(*one, body)]
    first_page = {line.size for line in kept[0]}
    largest = max((size for size, _ in headings if size in first_page), default=None)
    heading = next((text for size, text in headings if size == largest), None)
    return Layout(heading, [text for size, text in blocks if not _is_heading(size, text, body)])


def _is_heading(size: float, text: str, body: float) -> bool:
    return size > body * _LARGER and len(text) <= _HEADING_CHARACTERS


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Pages without what stands at the edge of half of them, page numbers not counted."""
    edges = [_edges(page) for page in pages]
    seen = Counter(mark for page in edges for mark in {_mark(line) for line in page})
    least = max(2, len(pages) // 2)
    repeated = {mark for mark, times in seen.items() if times >= least}
    return [
        [line for line in page if not (line in edge and _is_furniture(line, page, repeated))]
        for page, edge in zip(pages, edges, strict=True)
    ]


def _is_furniture(line: Line, page: Sequence[Line], repeated: set[tuple[str, int]]) -> bool:
    if _mark(line) in repeated:
        return True
    if not _PAGE_NUMBER.fullmatch(line.text) or line.text.endswith("."):
        return False
    # “… since 1998” may end a column with a line that is but a number.
    distances = (abs(line.baseline - other.baseline) for other in page)
    return min((d for d in distances if d > 1), default=line.size * 2) > _ALONE * line.size


def _edges(page: Sequence[Line]) -> set[Line]:
    baselines = sorted({round(line.baseline) for line in page})
    # Of a page with three lines of text not all are its edge.
    lines = min(_EDGE_LINES, (len(baselines) - 1) // 2)
    outer = {*baselines[:lines], *(baselines[-lines:] if lines else ())}
    return {line for line in page if round(line.baseline) in outer}


def _mark(line: Line) -> tuple[str, int]:
    """What is the same for a running head on every page: its words and its height."""
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.baseline / 10)


def _in_reading_order(page: list[Line]) -> list[Line]:
    """Left column before right one, where lines of both stand beside each other."""
    gutter = _gutter(page)
    if gutter is None:
        return _rows_joined(page)
    ordered: list[Line] = []
    band: list[Line] = []
    for line in sorted(page, key=lambda one: -one.baseline):
        if line.left < gutter < line.right:  # over both columns: what is above comes first
            ordered += [*_columns(band, gutter), line]
            band = []
        else:
            band.append(line)
    return ordered + _columns(band, gutter)


def _columns(band: list[Line], gutter: float) -> list[Line]:
    return sorted(band, key=lambda line: (line.left >= gutter, -line.baseline, line.left))


def _gutter(page: list[Line]) -> float | None:
    """Where a page of two columns is parted; None for a page of one."""
    if len(page) < 8:
        return None
    middle = (min(line.left for line in page) + max(line.right for line in page)) / 2
    right = [line for line in page if line.left >= middle]
    left = [line for line in page if line.right <= middle]
    # A table's cells are short, and many of them stand in one row.
    wide = median([line.right - line.left for line in page]) > 0.6 * (
        middle - min(line.left for line in page)
    )
    return middle if wide and min(len(left), len(right)) >= 0.2 * len(page) else None


def _rows_joined(page: list[Line]) -> list[Line]:
    """Cells that stand in one row made one line: ``a — b``."""
    rows: list[Line] = []
    for _, group in groupby(page, key=lambda line: round(line.baseline)):
        cells = list(group)
        text = " — ".join(line.text for line in cells)
        left, right = min(c.left for c in cells), max(c.right for c in cells)
        rows.append(replace(cells[0], text=text, left=left, right=right))
    return rows


def _blocks(pages: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """The lines of each paragraph; one may go on in the next column, or on the next page."""
    lines = [line for page in pages for line in page]
    shape = _Shape.of(lines)
    block: list[Line] = []
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        indented = (
            following is not None
            and _same_column(line, following)
            and line.left - following.left > _INDENT * line.size
        )
        if block and _begins(block, line, indented, shape):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _same_column(above: Line, below: Line) -> bool:
    return 0 < above.baseline - below.baseline < 3 * above.size and (
        above.left < below.right and below.left < above.right
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a document is set."""

    pitch: float
    """From a baseline to the next one within a paragraph."""
    edges: dict[float, float]
    """The usual right end of lines by where they begin (in tens of points)."""
    justified: bool
    """Whether lines reach their column's edge exactly, but for the last of a paragraph."""

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "_Shape":
        pitches = sorted(a.baseline - b.baseline for a, b in pairwise(lines) if _same_column(a, b))
        ends: dict[float, list[float]] = {}
        for line in lines:
            ends.setdefault(round(line.left, -1), []).append(line.right)
        edges = {left: sorted(found)[len(found) * 3 // 4] for left, found in ends.items()}
        full = sum(abs(edges[round(line.left, -1)] - line.right) < 1 for line in lines)
        # Not the median: of short paragraphs every other distance is one between two.
        pitch = pitches[len(pitches) // 4] if pitches else 0.0
        return cls(pitch, edges, full > _JUSTIFIED * len(lines))

    def is_short(self, block: Sequence[Line]) -> bool:
        """Whether the last line stops before its column's edge."""
        left = min(one.left for one in block)
        edge = max(self.edges.get(round(one.left, -1), one.right) for one in block)
        end = edge - block[-1].size / 2 if self.justified else left + (edge - left) * _SHORT
        return block[-1].right < end


def _begins(block: list[Line], line: Line, indented: bool, shape: _Shape) -> bool:
    """Whether a line begins a paragraph; ``indented``: the one below it begins further left."""
    last = block[-1]
    if max(line.size, last.size) > _LARGER * min(line.size, last.size) or _BULLET.match(line.text):
        return True
    ended = bool(_SENTENCE_END.search(last.text))
    if ended and (indented or _POINT.match(line.text)):
        return True
    same_column = _same_column(last, line)
    if same_column and last.baseline - line.baseline > _PITCH * max(shape.pitch, line.size):
        return True
    left = min(one.left for one in block)
    if same_column and ended and len(block) > 1 and line.left - left > _INDENT * line.size:
        return True
    return ended and shape.is_short(block)


def _hyphenated_words(lines: Iterable[Line]) -> set[str]:
    """Words that have their hyphen in the middle of a line, too."""
    return {
        word.casefold() for line in lines for word in re.findall(r"\w+(?:-\w+)+(?=\W)", line.text)
    }


def _joined(block: Sequence[Line], hyphenated: set[str]) -> str:
    text = block[0].text
    for line in block[1:]:
        text = _with_next(text, line.text, hyphenated)
    return " ".join(text.replace(_SOFT_HYPHEN, "-").split())


def _with_next(text: str, following: str, hyphenated: set[str]) -> str:
    broken = re.search(rf"(\w+)[{_SOFT_HYPHEN}-]$", text)
    if broken:
        stem = text[:-1]
        word = re.match(r"\w*", following)
        compound = f"{broken.group(1)}-{word.group() if word else ''}".casefold()
        keeps = compound in hyphenated or not following[:1].islower()
        return f"{stem}-{following}" if keeps else stem + following
    if _UNSPACED.match(text[-1:]) and _UNSPACED.match(following[:1]):
        return text + following
    return f"{text} {following}"
