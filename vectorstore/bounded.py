"""Native code that may never end, called so that its caller does not wait for ever."""

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """The work's result, or what it raises; what takes longer is left to itself.

    The work may not use the catalog: it runs in a thread of its own, which would get a connection.

    Raises:
        TimeoutError: it takes longer.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def worked() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    # Not a pool's thread, which the interpreter would wait for at its end.
    thread = threading.Thread(target=worked, name="bounded", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"it did not end within {seconds:.0f} seconds")
    return results[0]
