"""`python -m play` as a program: how it fails and how it ends."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.md").write_text("# Ferry strike\n\nThe ferry strike ended on Monday.\n")
    return folder


@asynccontextmanager
async def program(
    *arguments: str, temporary: Path, stderr: int | None = PIPE
) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "play", *arguments),
        cwd=ROOT,
        env={"TMPDIR": str(temporary), "PATH": "/usr/bin:/bin"},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=stderr,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_port_in_use_is_said(articles: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = ("--port", port, "--articles", str(articles))
        async with program(*arguments, temporary=tmp_path) as process:
            _out, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert said.decode().splitlines() == [
        f"Port {port} is in use by another program: `python -m play --port 0` takes a free one."
    ]


@pytest.mark.parametrize("arguments", [("--port", "x"), ("--port", "65536"), ("--articles", "no")])
async def test_wrong_usage(arguments: tuple[str, str], tmp_path: Path) -> None:
    async with program(*arguments, temporary=tmp_path) as process:
        _out, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert arguments[1] in said.decode()


LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")


@LINUX
async def test_ctrl_c_while_it_still_reads_leaves_nothing(articles: Path, tmp_path: Path) -> None:
    arguments = ("--port", "0", "--articles", str(articles))
    async with program(*arguments, temporary=tmp_path, stderr=None) as process:
        await _address(process)
        children = await asyncio.wait_for(_children(process.pid), 60)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        await asyncio.wait_for(_ended(children), 60)
    assert _left(tmp_path) == []


@LINUX
async def test_the_bot_ends_with_the_page_even_when_that_is_killed(
    articles: Path, tmp_path: Path
) -> None:
    arguments = ("--port", "0", "--articles", str(articles))
    async with program(*arguments, temporary=tmp_path, stderr=None) as process:
        await asyncio.wait_for(_bot_is_there(await _address(process)), 180)
        children = await asyncio.wait_for(_children(process.pid), 60)
        process.kill()
        await asyncio.wait_for(_ended(children), 60)


async def _address(process: Process) -> str:
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    return next(word for word in line.split() if "://" in word)


async def _bot_is_there(address: str) -> None:
    origin = {"Origin": address.rstrip("/")}
    async with (
        aiohttp.ClientSession() as browser,
        browser.ws_connect(address + "live", headers=origin) as live,
    ):
        while True:
            news = await live.receive_json()
            if news["set"].get("bot", {}).get("online"):
                return


async def _children(pid: int) -> list[Path]:
    """Once there are any."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    while not (children := _read(listed).split()):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return [Path("/proc") / child for child in children]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _left(temporary: Path) -> list[Path]:
    return list(temporary.glob("newsdesk-play-*"))


async def _ended(processes: list[Path]) -> None:
    # They are nobody's children any more: there is nothing to wait on.
    while any(_runs(process) for process in processes):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


def _runs(process: Path) -> bool:
    """A zombie has ended; only nobody has asked yet."""
    try:
        return ") Z " not in (process / "stat").read_text()
    except OSError:
        return False
