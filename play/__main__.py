"""`python -m play`: Newsdesk in a browser, without an account, a token or a network."""

import argparse
import asyncio
import errno
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web

from stand_in import DiscordServer

from .errors import PlayError, PortInUse
from .newsroom import Newsroom
from .processes import ingest, run_bot
from .web import Pages

ARTICLES = Path(__file__).parents[1] / "articles"
PORT = 8377


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 ended by Ctrl-C or SIGTERM, 1 failed, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    if not arguments.articles.is_dir():
        sys.stderr.write(f"{arguments.articles} is no folder.\n")
        return 2
    try:
        asyncio.run(_play(arguments.port, arguments.articles.resolve()))
    except PlayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        # So early that nothing was there yet.
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m play", description=__doc__)
    parser.add_argument("--port", type=_port, default=PORT, help="0 takes any free one")
    parser.add_argument(
        "--articles", type=Path, default=ARTICLES, help="folder of the articles to answer from"
    )
    return parser


def _port(value: str) -> int:
    if not value.isdecimal() or int(value) > 65535:
        raise argparse.ArgumentTypeError(f"“{value}” is no port: 0 to 65535")
    return int(value)


async def _play(port: int, articles: Path) -> None:
    """Until it is told to stop; then nothing is left, neither a process nor a file."""
    with TemporaryDirectory(prefix="newsdesk-play-") as folder:
        async with DiscordServer() as server:
            newsroom = Newsroom(server)
            async with _served(newsroom, port) as address:
                sys.stdout.write(f"Newsdesk: {address} (Ctrl-C ends it)\n")
                sys.stdout.flush()
                await _until_told(_run(newsroom, Path(folder), articles))


async def _run(newsroom: Newsroom, folder: Path, articles: Path) -> None:
    newsroom.say("Newsdesk is reading the sample articles …")
    await ingest(newsroom, folder, articles)
    await run_bot(newsroom, folder, articles)


@asynccontextmanager
async def _served(newsroom: Newsroom, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(Pages(newsroom).application(), shutdown_timeout=1)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except PermissionError as error:
        raise PlayError(
            f"Port {port} is not open to you; --port takes one from 1024 on."
        ) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(
            f"Port {port} is in use by another program: `python -m play --port 0` takes a free one."
        ) from error


async def _until_told(work: Coroutine[None, None, None]) -> None:
    """Runs it until Ctrl-C, SIGTERM or the terminal's end; a second signal changes nothing."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    working = asyncio.create_task(work)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


if __name__ == "__main__":
    sys.exit(main())
