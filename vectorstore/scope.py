"""What of its audiences' articles a question is asked of."""

from dataclasses import dataclass

from vectorstore.period import Period


@dataclass(frozen=True, slots=True)
class Scope:
    """Only the articles of a period, only one article, or both; nothing set: all of them.

    An article of another audience is not in it, whatever its id.
    """

    period: Period | None = None
    article: str | None = None
    """An article's id."""

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self.period is not None or self.article is not None


EVERYTHING = Scope()
