"""Bytes to text: which encoding, and whether it is text at all."""

import codecs
import re

from ingest.errors import NotText
from ingest.language import confident_language

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive, or an office document other than .docx",
    b"\x7fELF": "a program",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"OggS": "an audio file",
    b"ID3": "an audio file",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"SQLite format 3\0": "a database",
}
# Control characters that no text has; tab, line ends, form feed and escape are not among them.
_CONTROLS = bytes({*range(0x20), 0x7F} - {*range(0x09, 0x0E), 0x1B})
_WIDE = re.compile(r"utf[-_]?(16|32)|ucs|unicode", re.IGNORECASE)
# Encodings in which other texts can look like UTF-8: a page that declares one is believed first.
_SEVEN_BIT = re.compile(r"utf[-_]?(16|32)|iso[-_]?2022|hz", re.IGNORECASE)
# What a page may declare; the rest of Python's codecs are no encodings of text on the web.
_ENCODINGS = re.compile(
    r"utf[-_]?(8|16|32)|iso|latin|windows|cp\d|koi|gb|big5|euc|shift|sjis|hz|tis|mac|us-ascii|ks",
    re.IGNORECASE,
)
_HTML_CHARSET = re.compile(
    rb"(?:<meta[^>]+charset|^\s*<\?xml[^>]+encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_WESTERN = re.compile(r"[A-Za-z0-9\s!-~ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜŒßàáâãäåæçèéêëìíîïñòóôöøùúûüœÿ"
                      r"«»‹›“”„‘’‚–—…€£§°ºª¿¡·\xa0]*")  # fmt: skip
# Western texts have an accent every 20 letters or so; Cyrillic read as Western has nothing else.
_WESTERN_SHARE = 0.34
# Below this a guessed encoding gives letters, but no language.
_SAMPLE = 2000
# What these labels mean on the web (encoding.spec.whatwg.org, "names and labels").
_ON_THE_WEB = [
    (re.compile(pattern), codec)
    for pattern, codec in (
        (r"iso[-_]?8859[-_]?1|latin[-_]?1|us-ascii|windows-1252", "cp1252"),
        (r"gb_?2312(-80)?|gbk|x-gbk|chinese|csgb2312", "gb18030"),
        (r"shift[-_]jis|sjis|x-sjis|windows-31j|ms_kanji", "cp932"),
        (r"euc-?kr|ks_c_5601.*|ksc.*|korean", "cp949"),
        (r"big5|x-x-big5|cn-big5", "big5hkscs"),
        (r"iso[-_]?8859[-_]?9|latin5", "cp1254"),
        (r"iso[-_]?8859[-_]?11|tis-?620", "cp874"),
    )
]
_WORD = re.compile(r"[^\W\d_]{3,}")
# Of the words with accents; French has none that is all accents.
_GARBLED_SHARE = 0.3


def decode(name: str, data: bytes, declared: str | None = None) -> str:
    """The text; ``declared`` is the charset that came with it, which is often wrong.

    NUL characters stay (quotes are verbatim); no result holds a lone surrogate.

    Raises:
        NotText: binary data, or an encoding that can't be told.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    _refuse_known_formats(name, data)
    declarations = [one for one in (declared, _html_charset(data)) if one]
    for one in declarations:
        if _SEVEN_BIT.match(one) and (text := _try(data, one)):
            return text
    text = _utf8(data)
    controls = len(data) - len(data.translate(None, _CONTROLS))
    # A text may hold a NUL or two; in bytes that are not even UTF-8 they tell of something else.
    tolerated = max(8, len(data) // 20) if text is not None else max(2, len(data) // 100)
    if controls > tolerated:
        raise NotText(f"“{name}” is a binary file, not a text.")
    if text is None:
        read = (_try(data, one) for one in declarations)
        text = next(filter(None, read), None) or _western(data) or _guess(data)
    if text is not None:
        return text
    raise NotText(
        f"The encoding of “{name}” can't be told, it is not UTF-8; save it as UTF-8 and try again."
    )


def scrub(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which neither SQLite nor JSON readers take."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _refuse_known_formats(name: str, data: bytes) -> None:
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise NotText(f"“{name}” is a binary file ({what}), which is not read.")


def _html_charset(data: bytes) -> str | None:
    found = _HTML_CHARSET.search(data[:4096])
    if found is None:
        return None
    charset = found.group(1).decode("ascii", "ignore")
    # What could be read as ASCII is not in UTF-16 (HTML standard, "prescan a byte stream").
    return None if _WIDE.match(charset) else charset


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # A cut or a damaged byte in a text that is UTF-8 beyond doubt.
        text = data.decode("utf-8", errors="replace")
        damaged = text.count("\ufffd")
        multibyte = sum(c > "\x7f" for c in text) - damaged
        return text if multibyte > 10 * damaged else None


def _try(data: bytes, declared: str | None) -> str | None:
    if declared is None or not _ENCODINGS.match(declared):
        return None
    label = declared.lower()
    codec = next((codec for pattern, codec in _ON_THE_WEB if pattern.fullmatch(label)), label)
    try:
        text = data.decode(codec)
    except (LookupError, ValueError):
        return None
    # Servers declare Latin-1 unasked, and every text can be read so.
    return None if codec == "cp1252" and _is_garbled(text) else text


def _is_garbled(text: str) -> bool:
    """Whether a text read as Western is Cyrillic or Arabic: whole words of accented letters."""
    accented = [word for word in _WORD.findall(text) if not word.isascii()]
    whole = sum(not any(map(str.isascii, word)) for word in accented)
    return whole > _GARBLED_SHARE * len(accented)


def _western(data: bytes) -> str | None:
    """As Windows-1252 where that gives a Western text: guessers need more text to see it."""
    text = _try(data, "cp1252")
    if text is None or not _WESTERN.fullmatch(text):
        return None
    letters = [c for c in text if c.isalpha()]
    accented = sum(c > "\x7f" for c in letters)
    return text if accented <= _WESTERN_SHARE * len(letters) else None


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes  # 0.1 s, and most texts are UTF-8

    best = from_bytes(data).best()
    if best is None:
        return None
    text = str(best)
    return text if confident_language(text[:_SAMPLE]) else None
