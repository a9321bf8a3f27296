"""[interactions/application-commands, Endpoints]"""

from __future__ import annotations

from stand_in.commands import CommandRegistry, Scope
from stand_in.refusals import Refusal, missing_access

from .calls import NOTHING, Answer, Call, Handler, Routes

GLOBAL = "/applications/{application}/commands"
GUILD = "/applications/{application}/guilds/{guild}/commands"

routes = Routes()


def _both(method: str, rest: str = "") -> list[tuple[str, str]]:
    return [(method, GLOBAL + rest), (method, GUILD + rest)]


def _route(method: str, rest: str = "") -> _Register:
    return _Register(_both(method, rest))


class _Register:
    """The same handler for the global commands and for a server's."""

    def __init__(self, places: list[tuple[str, str]]) -> None:
        self._places = places

    def __call__(self, handler: Handler) -> Handler:
        for method, template in self._places:
            routes.add(method, template)(handler)
        return handler


@_route("PUT")
def overwrite(call: Call) -> Answer:
    registry, scope = _registry(call)
    return Answer(registry.overwrite(scope, call.body))


@_route("GET")
def listed(call: Call) -> Answer:
    registry, scope = _registry(call)
    return Answer(registry.listed(scope))


@_route("POST")
def upsert(call: Call) -> Answer:
    registry, scope = _registry(call)
    command, is_new = registry.upsert(scope, call.json)
    return Answer(command, 201 if is_new else 200)


@_route("GET", "/{command}")
def fetch(call: Call) -> Answer:
    registry, scope = _registry(call)
    return Answer(registry.by_id(scope, call.id("command")))


@_route("PATCH", "/{command}")
def edit(call: Call) -> Answer:
    registry, scope = _registry(call)
    return Answer(registry.edit(scope, call.id("command"), call.json))


@_route("DELETE", "/{command}")
def delete(call: Call) -> Answer:
    registry, scope = _registry(call)
    registry.delete(scope, call.id("command"))
    return NOTHING


def _registry(call: Call) -> tuple[CommandRegistry, Scope]:
    if call.id("application") != call.backend.world.bot.id:
        raise Refusal(403, 20012, "You are not authorized to perform this action")
    scope = call.id("guild") if "guild" in call.params else None
    if scope is not None and scope not in call.backend.world.guilds:
        raise missing_access()
    return call.backend.commands, scope
