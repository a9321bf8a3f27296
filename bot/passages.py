"""Quotes in context: what an answer cited between its neighbours, as the articles are now."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bot.answering.answer import Citation
from bot.citing import reference
from bot.escaping import escape
from bot.splitting import shorten
from bot.texts import Words
from vectorstore import Article, Catalog, Passage
from vectorstore.wording import says, sentence_wordings, wording

_NEIGHBOUR = 400
# Of a passage, before the first quote and behind the last; whole passages have up to 1,200.
_AROUND = 500
_SPACES = re.compile(r"\s+")


def in_context(
    catalog: Catalog, citations: Sequence[Citation], audiences: Sequence[str], said: Words
) -> list[str]:
    """A block a cited passage, with its quotes marked; blocking.

    Where an article no longer has its quote, one that has it too is shown. What is gone since, or
    belongs to another audience, is only said to be gone.
    """
    return [
        _block(catalog, list(same), audiences, said)
        for _, same in groupby(citations, key=lambda citation: citation.passage_id)
    ]


def _block(
    catalog: Catalog, citations: list[Citation], audiences: Sequence[str], said: Words
) -> str:
    first = citations[0]
    markers = " ".join(f"[{citation.marker}]" for citation in citations)
    ids = (first.article_id, *(other.id for other in first.also_in))
    there = [a for i in ids if (a := catalog.article(i)) and a.audience in audiences]
    for article in there:
        passages = catalog.passages_of(article.id)
        place = _place(passages, citations, own=article.id == first.article_id)
        if place is not None:
            now = replace(_as_now(first, article), paragraph=passages[place].paragraph)
            head = f"**{markers}** {reference(now, said)}"
            return _passage(head, passages, place, [citation.quote for citation in citations])
    if not there or there[0].id != first.article_id:
        return f"**{markers}** {said.article_gone}"
    return f"**{markers}** {reference(_as_now(first, there[0]), said)}\n{said.quote_gone}"


def _as_now(citation: Citation, article: Article) -> Citation:
    return replace(
        citation,
        title=article.title,
        url=article.url,
        site=article.site,
        published=article.published,
        modified=article.modified,
        gone=article.gone,
    )


def _passage(head: str, passages: Sequence[Passage], place: int, quotes: Sequence[str]) -> str:
    """A passage between its neighbours."""
    lines = [head]
    if place > 0:
        lines.append(_line(passages[place - 1], _neighbour(passages[place - 1].text)))
    lines.append(_line(passages[place], _marked(passages[place].text, quotes)))
    if place + 1 < len(passages):
        lines.append(_line(passages[place + 1], _neighbour(passages[place + 1].text)))
    return "\n".join(lines)


def _place(passages: Sequence[Passage], citations: Sequence[Citation], *, own: bool) -> int | None:
    """Where the first quote stands: in the same passage, or else wherever its words are; in a copy
    of the article that was quoted, give or take a typo."""
    quote = citations[0].quote
    found = [n for n, passage in enumerate(passages) if quote in passage.text]
    if not own:
        wanted = wording(quote)
        found += [n for n, one in enumerate(passages) if says(sentence_wordings(one), wanted)]
    same = [n for n in found if passages[n].id == citations[0].passage_id]
    return next(iter([*same, *found]), None)


def _line(passage: Passage, shown: str) -> str:
    return f"> ¶ {passage.paragraph} · {shown}"


def _neighbour(text: str) -> str:
    return shorten(escape(_flat(text)), _NEIGHBOUR)


def _marked(text: str, quotes: Sequence[str]) -> str:
    """The passage with its quotes in bold; a long one without what is far from them."""
    spans = sorted((at, at + len(quote)) for quote in set(quotes) if (at := text.find(quote)) >= 0)
    parts = []
    end = 0
    for start, stop in spans:
        if start < end:
            continue
        between = escape(_SPACES.sub(" ", text[end:start]))
        parts += [between if end else _ending(between), f"**{escape(_flat(text[start:stop]))}**"]
        end = stop
    rest = escape(_SPACES.sub(" ", text[end:]))
    # A space between the two, unless the script has none.
    parts += [" " * rest.startswith(" "), shorten(rest, _AROUND)]
    return "".join(parts)


def _ending(markdown: str) -> str:
    """The last words, and an ellipsis where something is left out."""
    if len(markdown) <= _AROUND:
        return markdown
    cut = re.search(r"\s", markdown[-_AROUND:])
    return f"… {markdown[len(markdown) - _AROUND + (cut.end() if cut else 0) :]}"


def _flat(text: str) -> str:
    return " ".join(text.split())
