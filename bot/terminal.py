"""Answers in a terminal: `python -m bot ask`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from bot.answering.answer import Answer, Citation
from bot.answering.phrases import phrases
from vectorstore import Article

_ALSO_NAMED = 3


def show(answer: Answer, console: Console) -> None:
    """Print the answer, then which articles its quotes stand in, or what comes near."""
    parts: list[RenderableType] = [Markdown(_shown(answer.text))]
    for _, group in groupby(answer.citations, lambda citation: citation.article_id):
        cited = list(group)
        parts.append(Padding(_article(cited, answer.language), (1, 0, 0, 0)))
        if answer.mode == "generative":
            parts += [Padding(_quote(c, answer), (0, 0, 0, 2)) for c in cited]
    for citation in answer.nearest:
        parts.append(Padding(Text(f"“{_shown(citation.quote)}”", style="dim"), (1, 0, 0, 2)))
        parts.append(Padding(_article([citation], answer.language), (0, 0, 0, 2)))
    console.print(Group(*parts))


@contextmanager
def growing(console: Console, *, shown: bool) -> Iterator[Callable[[str], None] | None]:
    """Shows the text that a chat model has written so far, and takes it away at the end.

    Gives None where there is nobody to watch.
    """
    if not (shown and console.is_terminal):
        yield None
        return
    with Live(console=console, transient=True) as live:
        yield lambda text: live.update(Markdown(_shown(text)))


def _quote(citation: Citation, answer: Answer) -> Text:
    """What a sentence of the answer rests on, with its translation where there is one."""
    text = Text(f"[{citation.marker}] “{_shown(' '.join(citation.quote.split()))}”", style="dim")
    if gloss := answer.glosses.get(citation.marker):
        text.append(f"\n    ({phrases(answer.language).translation}) {_shown(gloss)}")
    return text


def _article(citations: Sequence[Citation], language: str) -> Text:
    """Title, site and date of one article, its address, and the paragraphs that are quoted."""
    first = citations[0]
    site = f"{_shown(first.site)}, " if first.site else ""
    text = Text(_shown(first.title), style="italic")
    said = phrases(language)
    dates = [first.published or said.undated]
    if first.later_change:
        dates.append(said.modified.format(date=first.later_change))
    if first.gone:
        dates.append(said.gone.format(date=first.gone[:10]))
    text.append(f" — {site}{', '.join(dates)}", style="not italic")
    if first.url:
        text.append(f"\n{_shown(first.url)}", style="not italic blue")
    # Sentences of one article need not all be in the same other ones.
    for others, group in groupby(citations, lambda citation: citation.also_in):
        places = "  ".join(f"[{citation.marker}] ¶ {citation.paragraph}" for citation in group)
        text.append(f"\n{places}", style="not italic")
        if others:
            text.append(f"\n{_also_in(others, language)}", style="not italic")
    return text


def _also_in(articles: Sequence[Article], language: str) -> str:
    """The other articles with the same words, the first few by name."""
    names = "; ".join(
        f"{_shown(a.title)} ({_shown(a.site)})" if a.site else _shown(a.title)
        for a in articles[:_ALSO_NAMED]
    )
    said, more = phrases(language), len(articles) - _ALSO_NAMED
    if more > 0:
        return said.also_in_more.format(names=names, count=more)
    return said.also_in.format(names=names)


def _shown(text: str) -> str:
    """Article text without control characters and reversed writing: a terminal obeys them."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
