"""How far an ingest is, shown on stderr."""

import time
from collections.abc import Iterable, Iterator
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ingest.console import complain, visible
from ingest.report import IngestReport
from ingest.report import Progress as IngestProgress

_LABEL_CHARACTERS = 40
# For those who read a log, or wait without a terminal: short runs say nothing.
_TELL_SECONDS = 15.0


class ProgressBar:
    """A bar on stderr while an ingest goes on; where that is no terminal, a line now and then."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
        )
        self._bar = Progress(
            *columns,
            console=console,
            transient=True,
            disable=not console.is_terminal,
            # Data goes to stdout, also while the bar is shown.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=None, counts="")
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def hide(self) -> None:
        """While something else is written, for both may go to one terminal."""
        self._bar.stop()

    def show(self) -> None:
        self._bar.start()

    def listen(self, now: IngestProgress) -> None:
        """Show how far it is."""
        if self._bar.disable:
            self._tell(now)
            return
        share = now.passages_done / now.passages if now.passages else 0
        self._bar.update(
            self._task,
            description=visible(now.source)[-_LABEL_CHARACTERS:],
            completed=now.articles_done + share,
            total=now.articles,
            counts=f"{now.articles_done} of {now.articles}",
        )

    def _tell(self, now: IngestProgress) -> None:
        if time.monotonic() - self._told_at < _TELL_SECONDS:
            return
        self._told_at = time.monotonic()
        within = f" ({now.passages_done} of {now.passages} passages)" if now.passages else ""
        complain(f"{now.articles_done} of {now.articles} done; now {now.source}{within}")

    def complain(self, sentence: str) -> None:
        """A sentence on stderr, while the bar is hidden."""
        self.hide()
        complain(sentence)
        self.show()

    def interrupted_by(self, reports: Iterable[IngestReport]) -> Iterator[IngestReport]:
        """Hide the bar while a report is written."""
        with self:
            for report in reports:
                self.hide()
                yield report
                self.show()
