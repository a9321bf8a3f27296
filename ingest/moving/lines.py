"""A line of an export: one article with all its versions, as JSON.

``newsdesk_article`` is the number of this format, which tells such a line from those that other
tools export (``records``). Vectors are base64 of little-endian float16, as the catalog has them.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ingest.errors import NotAnExport
from vectorstore import Article, Passage, PassageVectors, Span, Version, article_id
from vectorstore.article import AUDIENCE, Matrix
from vectorstore.histories import Edition, History

MARK = "newsdesk_article"
_FORMAT = 1
_HALF = np.dtype("<f2")

_Text = Annotated[str, StringConstraints(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Version(_Strict):
    version: Annotated[int, Field(ge=1)]
    restores: Annotated[int, Field(ge=1)] | None
    since: _Text
    until: _Text | None
    removed: bool
    title: str
    titled: bool
    language: str
    published: str | None
    modified: str | None
    url: str | None
    site: str | None
    author: str | None
    # Paragraph, where it starts in it, text, and the sentences' places in the text.
    passages: list[list[Any]]


class _Vectors(_Strict):
    model: str
    dimensions: Annotated[int, Field(ge=1)]
    passages: list[Annotated[list[str], Field(min_length=3, max_length=3)]]


class _Line(_Strict):
    newsdesk_article: int
    article_id: str
    audience: str
    source: _Text
    gone: str | None
    versions: Annotated[list[_Version], Field(min_length=1)]
    vectors: _Vectors | None = None


def write_line(history: History, model: str | None = None) -> str:
    """An article as one line, without its end; with its vectors where ``model`` names theirs."""
    article = history.article
    line: dict[str, Any] = {
        MARK: _FORMAT,
        "article_id": article.id,
        "audience": article.audience,
        "source": article.source,
        "gone": article.gone,
        "versions": [_version_json(edition) for edition in history.editions],
    }
    if model is not None and history.vectors:
        line["vectors"] = {
            "model": model,
            "dimensions": history.vectors[0].passage.size,
            "passages": [
                [_packed(own.passage), _packed(own.sentences), _base64(own.tokens)]
                for own in history.vectors
            ],
        }
    return json.dumps(line, ensure_ascii=False)


def read_line(line: bytes, number: int) -> tuple[History, str | None]:
    """The article of a line, and the model that its vectors are of, where it has some.

    Raises:
        NotAnExport: the line is damaged, or of another tool; the sentence names it.
    """
    try:
        parsed = _Line.model_validate_json(line)
    except ValidationError as error:
        raise NotAnExport(_problem(line, number, error)) from error
    if parsed.newsdesk_article != _FORMAT:
        raise NotAnExport(
            f"Line {number} was exported by another Newsdesk (format {parsed.newsdesk_article}; "
            f"this one knows {_FORMAT})."
        )
    try:
        return _history(parsed), parsed.vectors.model if parsed.vectors else None
    except (ValueError, TypeError, binascii.Error) as error:
        raise NotAnExport(f"Line {number} is damaged: {error}.") from error


def _problem(line: bytes, number: int, error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    if place == MARK and b"{" in line[:10]:
        return (
            f"Line {number} is not one of `python -m ingest export`; articles that another tool "
            "exported are read by `python -m ingest add`."
        )
    return f"Line {number} is damaged: {place + ': ' if place else ''}{first['msg'].lower()}."


def _version_json(edition: Edition) -> dict[str, Any]:
    version, article = edition.version, edition.version.article
    return {
        "version": version.number,
        "restores": version.restores,
        "since": version.since,
        "until": version.until,
        "removed": version.removed,
        "title": article.title,
        "titled": article.titled,
        "language": article.language,
        "published": article.published,
        "modified": article.modified,
        "url": article.url,
        "site": article.site,
        "author": article.author,
        "passages": [
            [p.paragraph, p.start, p.text, [[s.start, s.end] for s in p.sentences]]
            for p in edition.passages
        ],
    }


def _history(line: _Line) -> History:
    """Raises ``ValueError`` with the end of a sentence where it contradicts itself."""
    if not AUDIENCE.fullmatch(line.audience):
        raise ValueError(f"“{line.audience[:80]}” is no audience")
    if line.article_id != article_id(line.audience, line.source):
        raise ValueError("its id is not that of its audience and source")
    editions = tuple(_edition(line, one) for one in line.versions)
    for before, after in pairwise(edition.version for edition in editions):
        if before.number >= after.number or before.until is None:
            raise ValueError("its versions are not in their order")
    last = editions[-1]
    if last.version.removed != (last.version.until is not None):
        raise ValueError("its last version has ended, and nothing came after it")
    vectors = () if line.vectors is None else _vectors(line.vectors, last.passages)
    return History(editions, vectors)


def _edition(line: _Line, told: _Version) -> Edition:
    for time in filter(None, (told.since, told.until, line.gone)):
        if datetime.fromisoformat(time).utcoffset() is None:
            raise ValueError(f"the time “{time}” has no zone")
    present = told.until is None
    article = Article(
        source=line.source,
        title=told.title,
        audience=line.audience,
        titled=told.titled,
        language=told.language,
        published=told.published,
        url=told.url,
        site=told.site,
        author=told.author,
        modified=told.modified,
        gone=line.gone if present else None,
    )
    passages = tuple(_passage(one, article.id) for one in told.passages)
    places = [(p.paragraph, p.start) for p in passages]
    if places != sorted(set(places)) or not places:
        raise ValueError("its passages are not in their order")
    version = Version(told.version, article, told.since, told.until, told.removed, told.restores)
    return Edition(version, passages)


def _passage(told: list[Any], owner: str) -> Passage:
    paragraph, start, text, spans = told
    if not (isinstance(text, str) and text and type(paragraph) is type(start) is int):
        raise ValueError("a passage is none")
    sentences = tuple(Span(begin, end) for begin, end in spans)
    ends = [place for span in sentences for place in (span.start, span.end)]
    if not ends or any(type(place) is not int for place in ends):
        raise ValueError("a passage has no sentences")
    if paragraph < 1 or min(start, ends[0]) < 0 or ends != sorted(ends) or ends[-1] > len(text):
        raise ValueError("a sentence lies outside of its passage")
    return Passage(paragraph, start, text, sentences, article_id=owner)


def _vectors(told: _Vectors, passages: Sequence[Passage]) -> tuple[PassageVectors, ...]:
    if len(told.passages) != len(passages):
        raise ValueError("it has not as many vectors as passages")
    return tuple(
        _unpacked(one, told.dimensions, passage)
        for one, passage in zip(told.passages, passages, strict=True)
    )


def _unpacked(told: list[str], dimensions: int, passage: Passage) -> PassageVectors:
    own, sentences, tokens = (base64.b64decode(one, validate=True) for one in told)
    vector = _floats(own)
    rows = _floats(sentences).reshape(-1, dimensions)
    expected = len(passage.sentences) if len(passage.sentences) > 1 else 0
    if vector.size != dimensions or len(rows) != expected:
        raise ValueError("a vector is of another length than its model's")
    return PassageVectors(vector, rows, tokens)


def _floats(data: bytes) -> Matrix:
    found = np.frombuffer(data, _HALF).astype(np.float32)
    if not np.isfinite(found).all():
        raise ValueError("a vector has a number that is none")
    return found


def _packed(values: Matrix) -> str:
    return _base64(values.astype(_HALF).tobytes())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
