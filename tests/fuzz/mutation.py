"""Bytes that were once well formed."""

import random
from collections.abc import Callable, Sequence

_NASTY = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1f\x8b", b"PK\x03\x04", b"%PDF-"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"<script>", b"&#x110000;", b"&a;", b"<" * 50, b"[" * 2000),
    *(b"---\n", b"\r", b"\xe2\x80\xa8", b"\xe2\x80\xae", b'{"', b"\\ud800", b"9" * 400, b"-1"),
    *(b"9" * 5000, "²①٣".encode(), b"\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", b"\x1b[2J", b"\x85"),
    *(b"http://[", b"//", b"%00", b"@here", b"1e999", b"0000-00-00", b"2025-02-30", b"{" * 2000),
)


def mutated(choose: random.Random, samples: Sequence[bytes]) -> bytes:
    """One of the samples after a few accidents."""
    data = bytearray(choose.choice(samples))
    ways: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...]
    ways = (_flip, _cut, _repeat, _insert, _splice)
    for _ in range(choose.choice((1, 1, 2, 3, 8, 30))):
        choose.choice(ways)(choose, data, samples)
    return bytes(data[:300_000])


def _place(choose: random.Random, data: bytearray) -> tuple[int, int]:
    start = choose.randint(0, len(data))
    return start, min(len(data), start + int(choose.expovariate(0.02)))


def _flip(choose: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    for _number in range(choose.randint(1, 8)):
        if data:
            data[choose.randrange(len(data))] = choose.randrange(256)


def _cut(choose: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start, end = _place(choose, data)
    del data[start:end]


def _repeat(choose: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start, end = _place(choose, data)
    data[start:start] = data[start:end] * choose.choice((1, 2, 50))


def _insert(choose: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start, _end = _place(choose, data)
    data[start:start] = choose.choice(_NASTY)


def _splice(choose: random.Random, data: bytearray, samples: Sequence[bytes]) -> None:
    start, end = _place(choose, data)
    other = choose.choice(samples)
    begin = choose.randint(0, len(other))
    data[start:end] = other[begin : begin + choose.randint(0, 500)]
