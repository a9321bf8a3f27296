"""Bytes to text."""

import random

import pytest

from ingest.decode import decode, scrub
from ingest.errors import NotText

FRENCH = "Le ministre a été reçu à l’Élysée mardi."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_decodes_what_needs_no_declaration(encoding: str) -> None:
    assert decode("x", FRENCH.encode(encoding)) == FRENCH


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("windows-1250", "Minister spotkał się z prezydentem."),
        ("ISO-8859-9", "İstanbul'da görüşmeler başladı."),
        ("iso-2022-jp", "東京で会談が行われた。"),
        ("euc-jp", "東京で会談が行われた。"),
    ],
)
def test_believes_a_declared_charset(declared: str, text: str) -> None:
    assert decode("x", text.encode(declared), declared) == text


def test_believes_the_charset_of_a_page() -> None:
    page = '<html><head><meta charset="windows-1251"></head>Министр прибыл.'
    assert decode("x", page.encode("cp1251")) == page


@pytest.mark.parametrize("wide", ["utf-16", "UTF-16LE", "utf-32", "unicode"])
def test_a_page_that_can_be_read_is_not_utf16(wide: str) -> None:
    for text in ("A ferry runs.!", FRENCH):
        page = f'<html><head><meta charset="{wide}"></head>{text}'
        assert decode("x", page.encode()) == page
    assert decode("x", FRENCH.encode("utf-16-le"), "utf-16-le") == FRENCH


def test_utf8_wins_over_a_wrong_declaration() -> None:
    assert decode("x", FRENCH.encode(), "iso-8859-1") == FRENCH


@pytest.mark.parametrize("declared", ["base64", "x-unknown", "rot13", "idna", "unicode_escape"])
def test_ignores_a_declaration_that_is_no_encoding(declared: str) -> None:
    assert decode("x", FRENCH.encode("cp1252"), declared) == FRENCH


def test_guesses_from_the_bytes() -> None:
    russian = "Министр иностранных дел прибыл в Эр-Рияд во вторник на переговоры."
    assert decode("x", russian.encode("koi8-r")) == russian


def test_a_damaged_byte_does_not_change_the_encoding() -> None:
    data = (FRENCH * 20).encode() + b"\xff" + FRENCH.encode()
    assert decode("x", data) == FRENCH * 20 + "\ufffd" + FRENCH


def test_a_nul_stays() -> None:
    assert decode("x", b"Talks\0 in Riyadh") == "Talks\0 in Riyadh"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"PK\x03\x04 document",
        b"%PDF-1.7 text",
        b"\x7fELF\x02",
        bytes(3000),
        random.Random(1).randbytes(3000),
        b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0\1\0",
    ],
)
def test_refuses_what_is_no_text(data: bytes) -> None:
    with pytest.raises(NotText, match=r"^“pic.txt” is a binary file.*\.$"):
        decode("pic.txt", data)


@pytest.mark.parametrize("data", [b"abc \xff\xfe\x81\x8d\x90 def", bytes(range(128, 256)) * 5])
def test_refuses_what_nobody_can_decode(data: bytes) -> None:
    with pytest.raises(NotText, match=r"encoding of “x” can't be told.*UTF-8"):
        decode("x", data)


def test_scrub_replaces_only_lone_surrogates() -> None:
    assert scrub("a\ud800b😀") == "a\ufffdb😀"


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (
            "cp1256",
            "أغلقت السلطات في وادي السدر اثنتي عشرة مدرسة بسبب نقص المياه الذي تعانيه المنطقة.",
        ),
        ("cp1251", "Министр иностранных дел прибыл во вторник на переговоры в столицу."),
        ("cp1252", FRENCH),
    ],
)
def test_latin1_is_declared_unasked(codec: str, text: str) -> None:
    assert decode("x", text.encode(codec), "iso-8859-1") == text


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "臨江大橋４日上午正式通車，比原計劃提前半年。"),
        ("Shift_JIS", "cp932", "①潮見市の中央橋が4日、通行を再開した。"),
        ("euc-kr", "cp949", "똠방각하 다리가 다시 열렸다."),
    ],
)
def test_labels_mean_what_they_mean_on_the_web(label: str, codec: str, text: str) -> None:
    assert decode("x", text.encode(codec), label) == text


def test_an_xml_declaration_names_the_encoding() -> None:
    page = '<?xml version="1.0" encoding="windows-1251"?><html>Министр прибыл.</html>'
    assert decode("x", page.encode("cp1251")) == page


def test_the_page_is_believed_where_the_server_is_wrong() -> None:
    page = '<html><head><meta charset="windows-1251"></head>Министр прибыл в столицу.'
    assert decode("x", page.encode("cp1251"), "iso-8859-1") == page
