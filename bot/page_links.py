"""Links that open a page at a sentence, by a text fragment
(https://wicg.github.io/scroll-to-text-fragment/)."""

import re
from urllib.parse import quote

# Longer texts are named by how they begin and end: the page may part them by a figure, and a link
# has to fit.
_WHOLE = 200
_END = 180
_END_WORDS = 6
_DIRECTIVE = ":~:"
# Signs before a host (robin@) are percent-encoded by then.
_HOST = re.compile(r"(?P<scheme>https?://)(?P<host>[^/?#:]*)")
# Two labels at least, the last one of letters: "bbc.co.uk", "ввс.com", not "3.5" or "U.S.".
_DOMAIN = re.compile(r"(?<![\w.@])(?:[\w-]{2,63}\.)+[^\W\d_]{2,24}(?![\w.]\w)")
# Scripts that put no spaces have at least these between words.
_WORD = re.compile(r"\S+?[，。、；：！？]+|\S+")


def page_link(url: str | None, sentence: str, limit: int) -> str | None:
    """The address of a page, at the sentence if that fits ``limit`` characters.

    None for what is no address of a web page, or too long itself.
    """
    # What would end a link in Markdown, or ping.
    address = re.sub(r"[\s<>()\\@]", lambda match: quote(match[0]), url or "")
    if not re.match(r"https?://", address) or len(address) > limit:
        return None
    address = _ascii_host(address)
    fragment = _text_fragment(sentence)
    base, _, anchor = address.partition("#")
    # An address that already points at a text is pointed at ours.
    anchor = anchor.partition(_DIRECTIVE)[0]
    linked = f"{base}#{anchor}{_DIRECTIVE}text={fragment}"
    return linked if fragment and len(linked) <= limit else address


def host_of(address: str) -> str:
    """The host as a browser asks for it, ASCII and small."""
    match = _HOST.match(_ascii_host(address))
    return match["host"].lower() if match else ""


def names_another_host(text: str, address: str) -> bool:
    """Whether a text names a host, in letters of whatever script, that the address is not of."""
    host = host_of(address)
    for match in _DOMAIN.finditer(text):
        named = _ascii(match[0]).lower().removeprefix("www.")
        if named != host and not host.endswith(f".{named}"):
            return True
    return False


def _ascii_host(address: str) -> str:
    """The address with a host of other letters as it is asked for (``xn--…``): what looks like a
    known name does not look so any more."""
    match = _HOST.match(address)
    if match is None or match["host"].isascii():
        return address
    return f"{match['scheme']}{_ascii(match['host'])}{address[match.end() :]}"


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        # No name that could be asked for.
        return quote(host)


def _text_fragment(sentence: str) -> str:
    """``text`` or ``start,end``, percent-encoded; empty where its ends are too long."""
    text = " ".join(sentence.split())
    if len(whole := _encoded(text)) <= _WHOLE:
        return whole
    words = _WORD.findall(text)
    start, end = _opening(words), _opening(words[::-1])
    if not start or not end or len(start) + len(end) > len(words):
        return ""
    return f"{_encoded(_joined(start, text))},{_encoded(_joined(end[::-1], text))}"


def _opening(words: list[str]) -> list[str]:
    """The first words, as many as fit."""
    taken: list[str] = []
    for word in words[:_END_WORDS]:
        if len(_encoded(" ".join([*taken, word]))) > _END:
            break
        taken.append(word)
    return taken


def _joined(words: list[str], text: str) -> str:
    """Words as they stand beside each other: with a space between them or without."""
    spaced = " ".join(words)
    return spaced if spaced in text else "".join(words)


def _encoded(text: str) -> str:
    # A dash parts a prefix or suffix from the text, and ``quote`` leaves it alone.
    return quote(text, safe="", errors="replace").replace("-", "%2D")
