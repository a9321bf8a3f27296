"""Which packages are there: the benchmarks run without those of the extra ``evaluation``, too."""

from importlib.metadata import PackageNotFoundError, version

from benchmarks.errors import BenchmarkError


def require(packages: tuple[str, ...], what: str, otherwise: str) -> None:
    """Before anything is measured, which takes minutes.

    Raises:
        BenchmarkError: one is not installed; ``otherwise`` says how to do without.
    """
    missing = [name for name in packages if not installed(name)]
    if missing:
        raise BenchmarkError(
            f"{what} need packages that are not installed ({', '.join(missing)}): "
            f"pip install -e '.[evaluation]', or {otherwise}."
        )


def installed(package: str) -> str | None:
    """Its version."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
