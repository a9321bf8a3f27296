"""Who may use the page's web server, and what it forbids the page."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from play.newsroom import FILE_BYTES, Newsroom
from play.web import Pages
from stand_in import DiscordServer

Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture
async def newsroom() -> AsyncIterator[Newsroom]:
    async with DiscordServer() as server:
        yield Newsroom(server)


@pytest_asyncio.fixture
async def client(newsroom: Newsroom) -> AsyncIterator[Client]:
    async with TestClient(TestServer(Pages(newsroom).application(), host="127.0.0.1")) as client:
        yield client


def origin(client: Client) -> dict[str, str]:
    return {"Origin": f"http://127.0.0.1:{client.port}"}


async def test_the_page_runs_no_script_but_its_own(client: Client) -> None:
    answer = await client.get("/")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/live"])
async def test_a_name_that_leads_here_is_not_enough(client: Client, path: str) -> None:
    """DNS rebinding: another site's name for 127.0.0.1."""
    own = {"Host": f"evil.example:{client.port}", "Origin": f"http://evil.example:{client.port}"}
    assert (await client.get(path, headers=own)).status == 403


@pytest.mark.parametrize("sent", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
async def test_another_site_gets_neither_websocket_nor_upload(
    client: Client, sent: dict[str, str]
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.ws_connect("/live", headers=sent)
    assert (await client.post("/files?name=a.md", data=b"x", headers=sent)).status == 403


@pytest.mark.parametrize("path", ["/page/..%2Fweb.py", "/page/web.py", "/attachments/1/2/x.html"])
async def test_no_other_file_is_served(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_an_attachment_is_a_download(client: Client, newsroom: Newsroom) -> None:
    page = ("page.html", b"<script>alert(1)</script>")
    message = await newsroom.server.user_says(
        newsroom.general, newsroom.moderator, attachments=[page]
    )
    path = message.attachments[0].url.removeprefix(newsroom.server.backend.base_url)
    answer = await client.get(path)
    assert await answer.read() == page[1]
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.content_type == "application/octet-stream"


async def test_a_file_has_ten_megabytes_at_most(client: Client) -> None:
    file = io.BytesIO(b"x" * (FILE_BYTES + 1))
    answer = await client.post("/files?name=a", data=file, headers=origin(client))
    assert answer.status == 413


async def test_what_happens_is_told_and_what_is_ordered_is_done(
    client: Client, newsroom: Newsroom
) -> None:
    async with client.ws_connect("/live", headers=origin(client)) as live:
        first = await live.receive_json(timeout=10)
        assert first["set"]["me"]["name"] == "Robin"
        place = str(newsroom.general.id)
        await live.send_json({"number": 1, "do": "say", "channel": place, "content": "Hello"})
        told = [await live.receive_json(timeout=10) for _ in range(2)]
    news = next(one for one in told if "set" in one)
    assert {"answers": 1, "result": {}} in told
    assert [part["content"] for key, part in news["set"].items() if key.startswith("message/")] == [
        "Hello"
    ]


@pytest.mark.parametrize(
    "order",
    [
        "not JSON",
        "[]",
        '{"do": "fly"}',
        '{"do": "say"}',
        '{"do": "say", "channel": "1", "content": "x"}',
        '{"do": "click", "message": "1", "custom_id": "x"}',
        '{"do": "modal", "interaction": "1", "values": {}}',
        '{"do": "be", "user": "1"}',
        '{"do": "command", "channel": null, "name": {}, "options": 3}',
    ],
)
async def test_a_wrong_order_is_refused_and_the_page_lives_on(client: Client, order: str) -> None:
    async with client.ws_connect("/live", headers=origin(client)) as live:
        await live.receive_json(timeout=10)
        await live.send_str(order)
        assert (await live.receive_json(timeout=10))["refusal"]


async def test_a_bot_that_does_not_answer_is_told(client: Client, newsroom: Newsroom) -> None:
    newsroom.server.backend.ack_seconds = 0.1
    newsroom.server.backend.commands.upsert(None, {"name": "ask", "description": "x", "type": 1})
    place = str(newsroom.general.id)
    order = {"number": 1, "do": "command", "channel": place, "name": "ask", "options": {}}
    async with client.ws_connect("/live", headers=origin(client)) as live:
        await live.receive_json(timeout=10)
        await live.send_json(order)
        answer = await live.receive_json(timeout=10)
    assert answer == {"answers": 1, "refusal": "The application did not respond."}


async def test_what_only_one_sees_is_not_told_to_another(
    client: Client, newsroom: Newsroom, tmp_path: Path
) -> None:
    """The page of the reader, while the moderator uses a command of a bot."""
    server = newsroom.server
    server.backend.commands.upsert(None, {"name": "ask", "description": "x", "type": 1})
    used = await server.user_command(newsroom.general, newsroom.moderator, "ask")
    path = f"{server.backend.base_url}/api/v10/interactions/{used.id}/{used.token}/callback"
    body = {"type": 4, "data": {"content": "secret", "flags": 64}}
    async with aiohttp.ClientSession() as bot:
        assert (await bot.post(path, json=body)).status == 204
    async with client.ws_connect("/live", headers=origin(client)) as live:
        mine = await live.receive_json(timeout=10)
        await live.send_json({"number": 1, "do": "be", "user": str(newsroom.reader.id)})
        told = [await live.receive_json(timeout=10) for _ in range(2)]
    key = next(key for key in mine["set"] if key.startswith("message/"))
    assert mine["set"][key]["content"] == "secret"
    assert key in next(one for one in told if "gone" in one)["gone"]
