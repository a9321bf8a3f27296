"""Who says what a sentence attributes to somebody, by the words of the article.

Nothing is guessed: a speaker who is a pronoun, or whose name has no clear beginning and end, is not
named.
"""

import re
from collections.abc import Iterator
from functools import cache

from bot.answering.calendar_names import calendar_names
from bot.answering.claims import Attribution, Speech, aligned, attributions, goes_on, speech

MOST_CHARACTERS = 80
# Where the verb comes before its subject when anything else opens the sentence.
_VERB_SECOND = frozenset({"de", "nl"})
# An article is declined with its noun there, and goes.
_DECLINED = frozenset({"de"})
_CAPITAL = "A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻČŠŽĐА-ЯЁІЇЄҐ"
_WORD = rf"[{_CAPITAL}](?:[\w’'&-]|\.(?=[{_CAPITAL}]|\s[{_CAPITAL}]\w))*"
_PARTICLES = (
    "de|del|della|delle|dei|di|da|do|dos|das|du|des|d’|von|van|der|den|zu|bin|al|el|la|le|of|the|&"
)
_NAME = rf"{_WORD}(?:[ -](?:(?:{_PARTICLES})\s?){{0,2}}{_WORD})*"
_LOWER = rf"[^\W\d_{_CAPITAL}][\w’'-]*"
_COMMON_WORDS = 4
_NAMED = re.compile(
    rf"(?P<common>(?:{_LOWER} ){{0,{_COMMON_WORDS}}}(?:[ld][’'])?)(?P<name>{_NAME})"
)
_COMMON = re.compile(rf"{_LOWER}(?: {_LOWER}){{0,{_COMMON_WORDS - 1}}}")
# Of two words or more: "Cohen" may as well begin the next statement.
_APPOSITION = re.compile(rf", (?P<name>(?=\S+ ){_NAME})(?=[,.]|$)")
_ACRONYM = re.compile(rf"[{_CAPITAL}]{{2,}}")
_BOUNDARY = re.compile(r"[,;:.!?()“”«»„\"‘–—]\s?|[”’]\s")
_CONJUNCTION = re.compile(r"(?:and|but|et|mais|y|pero|und|aber|e|ma|mas|en|maar|и|но)\s+|[-–—]\s*")
_OF = re.compile(
    r"\b(?:at|of|from|in|for|de|des|du|del|di|da|do|van|von|bei|chez|dans)\b|\bd[’']", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"(?:\s+(?:has|have|had|also|later|then|once|on \w+day|pour sa part|por su parte|am \w+tag|"
    r"on \w+day \w+|also|anche|tambien|también|hat|ook|ya|has since))+$"
)
# "…”, said X": what is said stands before.
_SAID_BEFORE = re.compile(r"(?:^|[,:.!?”»“\"’—–-])\s*$")
_SENTENCE_END = re.compile(r"[.!?…][”»“\"’]?\s+")


def claimant_of(sentence: str, language: str, before: str = "", after: str = "") -> str:
    """The name of the speaker as it stands in the article, or ""; not escaped.

    ``before`` and ``after``: what stands around the sentence in its paragraph. Only of words
    between quotation marks is the speaker looked for there, and only in the next sentence.
    """
    found = attributions(sentence, language)
    names = dict.fromkeys(_speakers(sentence, language, found))
    if names:
        # Of two speakers it is not clear who says what.
        return next(iter(names)) if len(names) == 1 else ""
    if not any(a.kind == "quotation" for a in found) and not goes_on(before, language):
        return ""
    neighbours = (_SENTENCE_END.split(before.rstrip())[-1], _SENTENCE_END.split(after.lstrip())[0])
    for neighbour in filter(None, neighbours):
        names = dict.fromkeys(_speakers(neighbour, language, attributions(neighbour, language)))
        if names:
            return next(iter(names)) if len(names) == 1 else ""
    return ""


def is_proper_name(claimant: str, language: str, quote: str) -> bool:
    """Whether a claimant's name can stand in an answer of another language, without its article."""
    name = without_article(claimant, language)
    capitals = [word for word in name.split() if word[:1].isupper()]
    if not name[:1].isupper():
        return False
    if len(capitals) > 1 or _ACRONYM.search(name):
        return True
    # A capital letter tells nothing where it opens the sentence, or where every noun has one.
    opens = quote.lstrip('“«„"‘ ').startswith(claimant)
    return language not in _DECLINED and (name != claimant or not opens)


def without_article(claimant: str, language: str) -> str:
    """ "the Morning Herald" as "Morning Herald"."""
    opening = _article(claimant, speech(language))
    return claimant[opening:]


def _speakers(text: str, language: str, found: tuple[Attribution, ...]) -> Iterator[str]:
    for attribution in found:
        name = _speaker(text, language, attribution)
        if 1 < len(name) <= MOST_CHARACTERS:
            yield name


def _speaker(text: str, language: str, found: Attribution) -> str:
    before, after = text[: found.start], text[found.end :]
    if found.kind == "source":
        name = _after(after, language, is_source=True)
        genitive = language in _DECLINED and text[: found.end].endswith(" des")
        return name.partition(" ")[2] if genitive else name
    if found.kind == "trails":
        return _before(before, language)
    if found.kind != "says":
        return ""
    if name := _before(before, language):
        return name
    if language in _VERB_SECOND:
        # "teilte die Küstenwache mit": what is found goes from "teilte" to "mit".
        return _after(text[found.start :].partition(" ")[2], language)
    return _after(after, language) if _SAID_BEFORE.search(before) else ""


def _after(text: str, language: str, *, is_source: bool = False) -> str:
    """The speaker whose name opens a text, after the day perhaps."""
    known = speech(language)
    text = text.lstrip()
    if day := _day(language).match(aligned(text)):
        text = text[day.end() :]
    opening = _article(text, known)
    if not opening and known.pronoun.match(aligned(text)):
        return ""
    rest = text[opening:]
    named = _NAMED.match(rest)
    if named and not known.that.search(aligned(named["common"])):
        return _named(text, opening, named, _APPOSITION.match(rest, named.end()), language)
    common = _COMMON.match(rest)
    if named or not common or (not opening and language != "ru"):
        return ""
    if apposition := _APPOSITION.match(rest, common.end()):
        return apposition["name"]
    words = _until_article(common[0], known) if is_source else common[0]
    follows = rest[len(words) :]
    if not follows or follows[0] in '.,;:!?”»"' or len(words) < len(common[0]):
        return text[: opening + len(words)]
    # "Volgens de vakbond wist …": there the verb is next.
    return text[: opening + len(words.split()[0])] if is_source and language == "nl" else ""


def _named(
    text: str, opening: int, named: re.Match[str], apposition: re.Match[str] | None, language: str
) -> str:
    """Of "the minister of transport, Olav Brekke" the name, of "the mayor of Sund" all."""
    if apposition and (named["common"] or opening):
        return apposition["name"]
    if not named["common"]:
        start = opening if language in _DECLINED else 0
        return _decapitalised(text[start : opening + named.end()], opening - start)
    if _OF.search(named["common"]):
        return _decapitalised(text[: opening + named.end()], opening)
    return named["name"]


def _before(text: str, language: str) -> str:
    """The speaker whose name ends a text, and is all of its last clause."""
    known = speech(language)
    text = _BETWEEN.sub("", text.rstrip())
    if text.endswith(","):
        text, apposed = _without_apposition(text[:-1])
        if apposed and (_article(text, known) or " " not in text.strip()):
            return apposed
    segment = text[max((m.end() for m in _BOUNDARY.finditer(text)), default=0) :].strip()
    if opened := _CONJUNCTION.match(segment):
        segment = segment[opened.end() :]
    opening = _article(segment, known)
    if not segment or (known.pronoun.fullmatch(aligned(segment))):
        return ""
    rest = segment[opening:]
    if named := _NAMED.fullmatch(rest):
        return _named(segment, opening, named, None, language)
    if opening and language not in _DECLINED and _COMMON.fullmatch(rest):
        return _decapitalised(segment, opening)
    return ""


def _without_apposition(text: str) -> tuple[str, str]:
    """ "Ingrid Solheim, who runs the shelter" parted; the second only where it is a name."""
    head, comma, apposed = text.rpartition(", ")
    if not comma:
        return "", ""
    name = re.fullmatch(_NAME, apposed.strip())
    return head, name[0] if name and " " in name[0] else ""


@cache
def _day(language: str) -> re.Pattern[str]:
    """ "el martes", "on Tuesday": what may stand between a verb and its subject."""
    names = [re.escape(name) for name in calendar_names("days", language)]
    opening = r"(?:(?:on|el|le|la|na|am|op|en|em|в|во)\s+)?"
    return re.compile(rf"{opening}(?:{'|'.join(names) or '(?!)'})[\w-]*\s+", re.IGNORECASE)


def _article(text: str, known: Speech) -> int:
    """How many characters the article and the space behind it take; 0 where there is none."""
    opened = known.article.match(aligned(text))
    if not opened or not text[opened.end() :].strip():
        return 0
    return opened.end() + (text[opened.end()] == " ")


def _until_article(words: str, known: Speech) -> str:
    article = re.search(rf" (?!des )(?=(?:{known.article.pattern}))", aligned(words), re.IGNORECASE)
    return words[: article.start()] if article else words


def _decapitalised(name: str, article: int) -> str:
    """Without the capital letter that an article has because it opens the sentence."""
    return name[0].lower() + name[1:] if article else name
