"""Text without markup to paragraphs."""


def plain_paragraphs(text: str) -> list[str]:
    """Every line that is not empty, without the spaces around it.

    A line of dashes, or of characters that nobody sees, is counted too, so that others can count.
    """
    return [line for one in text.splitlines() if (line := one.strip())]
