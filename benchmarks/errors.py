"""What the benchmarks can't do."""


class BenchmarkError(Exception):
    """The message is a sentence for whoever measures."""
