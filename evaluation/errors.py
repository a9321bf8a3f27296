"""What can go wrong with a measurement; every message is a finished sentence for a user."""


class EvaluationError(Exception):
    """The data to measure on is missing or incomplete."""
