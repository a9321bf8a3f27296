"""The composer that needs no chat model: an answer in the articles' own words.

It can say nothing false, since its sentences are quotes; what it adds is how certain they are.
"""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.documents import Document

from bot.answering.answer import Certainty, Citation
from bot.answering.certainty import certainty_of
from bot.answering.claimants import claimant_of, is_proper_name, without_article
from bot.answering.evidence import Sentence
from bot.answering.markdown import escape
from bot.answering.phrases import phrases, written_in
from bot.answering.question import Question
from bot.answering.time_notes import time_notes

# A quoted passage that only comes near is cut to what a reader takes in at a glance.
_NEAREST_CHARACTERS = 300


def cite(sentences: Sequence[Sentence]) -> tuple[Citation, ...]:
    """A citation a sentence, numbered from 1 in the given order."""
    return tuple(
        replace(
            _citation(n, s.document, s.text, s.start, s.end, s.score, s.certainty),
            claimant=_claimant(s),
        )
        for n, s in enumerate(sentences, start=1)
    )


def cite_nearest(documents: Sequence[Document], most: int = 3) -> tuple[Citation, ...]:
    """The first passages that come near a question that the articles don't answer."""
    found = []
    for n, document in enumerate(documents[:most], start=1):
        start = int(document.metadata["start"])
        quote = _opening(document.page_content)
        score = float(document.metadata["score"])
        certainty = certainty_of(quote, str(document.metadata["language"]))
        found.append(_citation(n, document, quote, start, start + len(quote), score, certainty))
    return tuple(found)


def compose(question: Question, citations: Sequence[Citation], *, differ: bool = False) -> str:
    """Markdown: what the quotes are, where that has to be said, then the quotes."""
    words = phrases(question.language)
    certainties = {citation.certainty for citation in citations}
    lines = []
    if question.about_the_past and certainties == {"expected"}:
        lines.append(f"**{words.only_expected}**")
    if differ:
        lines.append(f"**{words.differ}**")
    articles: set[str] = set()
    for citation in citations:
        notes = certainty_notes(citation, question.language)
        dated = citation.article_id not in articles
        notes += time_notes(citation, question.language, dated=dated)
        articles.add(citation.article_id)
        note = f" *({'; '.join(notes)})*" if notes else ""
        quote = escape(" ".join(citation.quote.split()))
        lines.append(f"“{quote}”{note} [{citation.marker}]")
    return "\n\n".join(lines)


def certainty_notes(citation: Citation, language: str) -> list[str]:
    """Markdown for the parentheses behind a quote: "expected", "according to CNN".

    A name that is no proper name ("le ministre") stays in the article's language, and so is left
    out where the asker's is another.
    """
    words = phrases(language)
    claimant = citation.claimant
    if citation.language != written_in(language):
        proper = is_proper_name(claimant, citation.language, citation.quote)
        claimant = without_article(claimant, citation.language) if proper else ""
    by = words.claimed_by.format(claimant=escape(" ".join(claimant.split()))) if claimant else ""
    if citation.certainty == "expected":
        return [words.expected, *([by] if by else [])]
    return [by or words.claimed] if citation.certainty == "claimed" else []


def _claimant(sentence: Sentence) -> str:
    """Who says what a sentence states, if somebody does, looked for in its paragraph."""
    if sentence.certainty not in ("claimed", "expected"):
        return ""
    passage, begin = sentence.document.page_content, int(sentence.document.metadata["start"])
    before, after = passage[: sentence.start - begin], passage[sentence.end - begin :]
    return claimant_of(sentence.text, sentence.language, before, after)


def _citation(
    marker: int,
    document: Document,
    quote: str,
    start: int,
    end: int,
    score: float,
    certainty: Certainty,
) -> Citation:
    meta = document.metadata
    return Citation(
        marker=marker,
        article_id=str(meta["article_id"]),
        title=str(meta["title"]),
        source=str(meta["source"]),
        url=meta["url"],
        site=meta["site"],
        published=meta["published"],
        modified=meta["modified"],
        gone=meta["gone"],
        language=str(meta["language"]),
        paragraph=int(meta["paragraph"]),
        quote=quote,
        start=start,
        end=end,
        score=round(score, 4),
        certainty=certainty,
        passage_id=int(meta["passage_id"]),
    )


def _opening(text: str) -> str:
    """The first characters of a passage, not cut inside a word; verbatim."""
    if len(text) <= _NEAREST_CHARACTERS:
        return text
    cut = text.rfind(" ", 0, _NEAREST_CHARACTERS)
    return text[: cut if cut > 0 else _NEAREST_CHARACTERS]
