"""Answers in a terminal: `python -m bot ask`."""

from rich.console import Console, Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from bot.answering.answer import Answer, Citation
from bot.answering.phrases import phrases


def show(answer: Answer, console: Console) -> None:
    """Print the answer, then where each quote stands."""
    parts: list[Markdown | Text | Padding] = [Markdown(answer.text), Text()]
    parts.extend(_place(citation, answer.language) for citation in answer.citations)
    for citation in answer.nearest:
        parts.append(Padding(Text(f"“{_shown(citation.quote)}”", style="dim"), (1, 0, 0, 2)))
        parts.append(_place(citation, answer.language))
    console.print(Group(*parts))


def _place(citation: Citation, language: str) -> Text:
    words = phrases(language)
    site = f"{citation.site}, " if citation.site else ""
    date = citation.published or words.undated
    place = Text(f"  [{citation.marker}] ", style="bold")
    place.append(_shown(citation.title), style="italic")
    place.append(f" — {_shown(site)}{date}, ¶ {citation.paragraph}")
    if citation.url:
        place.append(f"\n      {_shown(citation.url)}", style="blue")
    return place


def _shown(text: str) -> str:
    """Article text without control characters: a terminal would obey them."""
    return "".join(c if c.isprintable() or c == " " else " " for c in text)
