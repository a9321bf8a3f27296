"""What identifies an article: the one way to write its address or its path."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingest.decode import scrub

# Parameters that tell where a reader comes from, not which page it is.
_TRACKING = re.compile(
    r"utm_.*|at_(medium|campaign|link.*|format|bbc_team)|ns_(mchannel|campaign|source|linkname)"
    r"|[gdfy]clid|fbclid|msclkid|twclid|ttclid|gclsrc|[gw]braid|li_fat_id|igshid?|_g[al]"
    r"|mc_[ce]id|mkt_tok|wt[._](mc|zmc)(_id)?|xtor|ocid|cmpid|s_cid|_hs(enc|mi)|__twitter_impression",
    re.IGNORECASE,
)
# Where a scheme is served when no port is said (RFC 9110, 4.2).
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
# Google's copies of AMP pages name the page that they are of, with an "s/" where it is https.
_AMP_COPY = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]+/amp|[\w-]+\.cdn\.ampproject\.org/[cv])/(s/)?(?=[^/]+\.)",
    re.IGNORECASE,
)
# The same pages for other screens.
_SUBSITE = re.compile(r"^(?:(?:www|m|mobile|amp)\.)+")
_SUBSITES = ("", "www.", "m.", "mobile.", "amp.")
_ENDS = ("", "/", "/amp", "/amp/", "?amp", "?amp=1", "?outputType=amp")
_AMP_END = re.compile(r"(?:/amp)?/?(?:\?(?:amp(?:=1)?|outputType=amp))?$")
# Addresses in numbers have no subsites, nor has what is served on a port of its own.
_NAMED_HOST = re.compile(r"(?:[\w-]+\.)+[a-z][a-z0-9-]+")


def is_http_url(url: str) -> bool:
    """Whether it is an http(s) URL with a host, spaces around it left out."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def canonical_url(url: str) -> str:
    """The same address always written the same way, without fragment and tracking parameters; of
    Google's copy of an AMP page the page's own."""
    address = url.strip()
    if copy := _AMP_COPY.match(address):
        address = f"{'https' if copy[1] else 'http'}://{address[copy.end() :]}"
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in query if not _TRACKING.fullmatch(key)]
    # An untouched query stays as it is written: servers may tell "%20" from "+".
    text = parts.query if len(kept) == len(query) else urlencode(kept)
    scheme = parts.scheme.lower()
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORT.get(scheme, ":"))
    return urlunsplit((scheme, host, parts.path or "/", text, ""))


def other_scheme(url: str) -> str:
    """The canonical address with https in place of http, or the other way round: one page."""
    scheme, colon, rest = url.partition("://")
    other = {"http": "https", "https": "http"}.get(scheme)
    # On a port of its own there may be something else.
    if other is None or re.match(r"[^/]*:\d+(/|$)", rest):
        return url
    return other + colon + rest


def other_spellings(url: str) -> list[str]:
    """Where many sites have the page of a canonical address too: as http and https, with or without
    ``www.``, with or without a slash at its end, for phones, as AMP. None of them need to."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if scheme not in _DEFAULT_PORT or not slash:
        return []
    bare = site_of(host)
    hosts = [f"{prefix}{bare}" for prefix in _SUBSITES] if _NAMED_HOST.fullmatch(bare) else [host]
    page = _AMP_END.sub("", path)
    paths = [path] if "?" in page or not page else [f"{page}{end}" for end in _ENDS]
    found = [f"{scheme}://{one}/{there}" for one in hosts for there in paths]
    both = dict.fromkeys([*found, *map(other_scheme, found)])
    return [address for address in both if address != url]


def canonical_path(path: Path) -> str:
    """What identifies a file: its path, or a file:// address where that is no Unicode text."""
    whole = path.resolve()
    text = whole.as_posix()
    return text if text == scrub(text) else whole.as_uri()


def printable(path: str) -> str:
    """A file's name for people: bytes that are no UTF-8 as ``\\xff``."""
    try:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # no system gives such a name
        return scrub(path)


def is_url(source: str) -> bool:
    """Whether a canonical source is an address that can be fetched."""
    return source.startswith(("http://", "https://"))


def same_site(url: str, other: str) -> bool:
    """Whether an address is of the same site and no front page."""
    mine, theirs = urlsplit(url), urlsplit(other)
    return mine.path not in {"", "/"} and site_of(mine.netloc) == site_of(theirs.netloc)


def site_of(host: str) -> str:
    """A host without what names the same pages for other screens: ``m.``, ``www.``, ``amp.``"""
    return _SUBSITE.sub("", host.lower())
