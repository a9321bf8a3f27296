"""JSON and multipart bodies [reference, Uploading Files]."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import BodyPartReader, web

from stand_in.refusals import Refusal, too_large
from stand_in.validation.messages import REQUEST_BYTES, Upload

from .calls import Call

_FILE = re.compile(r"files\[(\d+)\]")


async def read_body(request: web.Request, call: Call) -> None:
    """Anything above 25 MiB is read to its end, so that the client hears the refusal."""
    if not request.can_read_body:
        return
    if (request.content_length or 0) > REQUEST_BYTES:
        async for _ in request.content.iter_chunked(1 << 20):
            pass
        raise too_large()
    if request.content_type == "application/json":
        call.body = _parsed(await request.read())
    elif request.content_type == "multipart/form-data":
        await _read_multipart(request, call)
    elif await request.read():
        message = "Expected \"Content-Type\" header to be one of {'application/json'}."
        raise Refusal(400, 50035, message)


async def _read_multipart(request: web.Request, call: Call) -> None:
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        file = _FILE.fullmatch(part.name or "")
        if part.name == "payload_json":
            call.body = _parsed(content)
        elif file:
            name = part.filename or "unknown"
            call.uploads.append(Upload(int(file[1]), name, content))


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        raise Refusal(400, 50109, "The request body contains invalid JSON.") from None
