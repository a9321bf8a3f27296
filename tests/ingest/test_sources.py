"""What arguments stand for."""

import os
from pathlib import Path

import pytest

from ingest.canonical import canonical_url, other_scheme, other_spellings
from ingest.errors import SourceUnreadable, TooLarge
from ingest.expand import expand
from ingest.settings import IngestSettings
from ingest.sources import Source


def labels(sources: list[Source]) -> list[str]:
    return [source.label for source in sources]


def complaint(argument: str, settings: IngestSettings) -> str:
    [source] = expand([argument], operator=True)
    with pytest.raises(SourceUnreadable) as caught:
        source.read(settings)
    return str(caught.value)


def test_a_folder_is_its_files(settings: IngestSettings) -> None:
    for name in ("b.md", "a.TXT", "sub/c.html", ".hidden.md", ".git/d.md", "e.odt", "f.markdown"):
        path = Path("news") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    found = labels(expand(["news/"], operator=True))
    assert found == ["news/a.TXT", "news/b.md", "news/f.markdown", "news/sub/c.html"]


def test_a_file_is_known_by_its_whole_path(settings: IngestSettings) -> None:
    Path("a.txt").write_text("Text.")
    Path("link.txt").symlink_to("a.txt")
    sources = [s.read(settings)[0] for s in expand(["./a.txt", "link.txt"], operator=True)]
    assert sources == [Path("a.txt").resolve().as_posix()] * 2


def test_names_that_are_no_unicode_stay_apart(settings: IngestSettings) -> None:
    Path("news").mkdir()
    for name in (b"\xff\xfe.txt", b"\xfd\xfc.txt", b"%FF%FE.txt"):
        Path("news", os.fsdecode(name)).write_text("Text.")
    found = expand(["news"], operator=True)
    assert labels(found) == ["news/%FF%FE.txt", r"news/\xfd\xfc.txt", r"news/\xff\xfe.txt"]
    base = Path("news").resolve().as_posix()
    assert [s.read(settings)[0] for s in found] == [
        f"{base}/%FF%FE.txt",
        f"file://{base}/%FD%FC.txt",
        f"file://{base}/%FF%FE.txt",
    ]
    assert complaint("\udcff.txt", settings) == r"There is no file or folder “\xff.txt”."


def test_complaints(settings: IngestSettings) -> None:
    Path("empty").mkdir()
    Path("a.odt").write_text("x")
    assert "no file or folder “missing.txt”" in complaint("missing.txt", settings)
    assert "no file or folder “”" in complaint("", settings)
    assert "The folder “empty” has no file to read: text (.txt)" in complaint("empty", settings)
    assert "“a.odt” is of a type that is not read; text (.txt)" in complaint("a.odt", settings)
    assert "is neither a file" in complaint("/dev/null", settings)
    assert complaint("a\0b", settings)
    assert "no valid address" in complaint("http://[1/", settings)


def test_a_large_file_is_not_read(settings: IngestSettings) -> None:
    with Path("large.txt").open("wb") as file:
        file.truncate(52_400_000)
    [source] = expand(["large.txt"], operator=True)
    with pytest.raises(TooLarge, match=r"“large\.txt” has 52\.4 MB; at most 10\.0 MB"):
        source.read(settings)


@pytest.mark.parametrize("argument", ["/etc/hostname", "-", "articles", ""])
def test_only_an_operator_names_files(argument: str, settings: IngestSettings) -> None:
    [source] = expand([argument], operator=False)
    with pytest.raises(SourceUnreadable, match="no http or https address"):
        source.read(settings)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://News.Example/A?b=1#part", "https://news.example/A?b=1"),
        ("http://a.example", "http://a.example/"),
        ("http://a.example/?utm_source=x&id=5&fbclid=y&gclid=z", "http://a.example/?id=5"),
        ("http://a.example/?q=a%20b", "http://a.example/?q=a%20b"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("https://a.example:443/x?gbraid=1&wt_zmc=x.y&_gl=1&q=1", "https://a.example/x?q=1"),
        ("https://a.example:80/x", "https://a.example:80/x"),
        ("https://www.google.com/amp/s/a.example/x?utm_source=y", "https://a.example/x"),
        ("https://www.google.co.uk/amp/a.example/x", "http://a.example/x"),
        ("https://a-example.cdn.ampproject.org/c/s/a.example/x?b=1", "https://a.example/x?b=1"),
        ("https://a-example.cdn.ampproject.org/v/s/a.example/x", "https://a.example/x"),
        # No page's copy, but Google's own.
        ("https://www.google.com/amp/help", "https://www.google.com/amp/help"),
        ("https://a.example/google.com/amp/s/b.example/x", None),
    ],
)
def test_canonical_url(url: str, canonical: str | None) -> None:
    assert canonical_url(url) == (canonical or url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "http://a.example/x"),
        ("https://a.example/x", "https://www.a.example/x"),
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example/x", "http://www.a.example/x/"),
        ("https://a.example/x", "https://amp.a.example/x"),
        ("https://a.example/x/", "https://m.a.example/x/amp/"),
        ("https://www.a.example/x", "https://www.a.example/x?amp=1"),
        ("https://www.a.example/x", "https://www.a.example/x?outputType=amp"),
        ("https://a.example/?p=1", "https://www.a.example/?p=1"),
        ("https://a.example/", "http://www.a.example/"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1:80/x/"),
    ],
)
def test_other_spellings(one: str, other: str) -> None:
    assert other in other_spellings(one)
    assert one in other_spellings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "https://a.example/y"),
        ("https://a.example/x", "https://a.example/x?b=1"),
        ("https://a.example/x?b=1", "https://a.example/x/?b=1"),
        ("https://a.example/x", "https://b.a.example/x"),
        ("https://a.example:8443/x", "http://a.example:8443/x"),
        ("http://127.0.0.1/x", "http://www.127.0.0.1/x"),
        ("/news/x", "/news/x/"),
    ],
)
def test_no_other_spellings(one: str, other: str) -> None:
    assert other not in other_spellings(one)
    assert one not in other_spellings(other)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("http://a.example/x", "https://a.example/x"),
        ("https://a.example/x?y=http://b", "http://a.example/x?y=http://b"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("/news/x.txt", "/news/x.txt"),
        ("upload:https://a.example/x", "upload:https://a.example/x"),
    ],
)
def test_the_other_scheme(url: str, other: str) -> None:
    assert other_scheme(url) == other
