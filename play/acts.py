"""What a person does on the page, done on the stand-in server."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from stand_in import Channel, Interaction, Message, NotOffered, Permission, Role, User
from stand_in.permissions import of_user

from .newsroom import Newsroom

log = logging.getLogger(__name__)

Json = dict[str, Any]
Act = Callable[[Json], Awaitable[Json]]

#: [resources/message]: what a person may write, and attach to a message.
_CONTENT, _FILES = 2000, 10


class Acts:
    """One browser's; it acts as `user`, who may be changed."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.user = newsroom.moderator
        self._newsroom = newsroom
        self._server = newsroom.server
        self._modals: dict[str, Interaction] = {}
        self._acts: dict[str, Act] = {
            "say": self._say,
            "command": self._command,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "click": self._click,
            "modal": self._modal,
            "be": self._be,
        }

    async def act(self, order: Json) -> Json:
        """What the page needs to know of it.

        Raises:
            NotOffered: Discord's own client would not let a person do that.
        """
        act = self._acts.get(str(order.get("do")))
        if act is None:
            raise NotOffered("This page can't do that.")
        try:
            return await act(order)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            log.warning("%s could not be done.", order, exc_info=error)
            raise NotOffered("That is not there any more.") from error

    async def _say(self, order: Json) -> Json:
        place = self._place(order["channel"])
        content = str(order.get("content", "")).strip()
        files = [self._file(token) for token in order.get("files") or ()]
        if len(content) > _CONTENT or len(files) > _FILES or not (content or files):
            raise NotOffered(f"A message has 1 to {_CONTENT} characters and {_FILES} files.")
        reply_to = self._message(order["reply_to"]) if order.get("reply_to") else None
        await self._server.user_says(
            place, self.user, content, reply_to=reply_to, attachments=files
        )
        return {}

    async def _command(self, order: Json) -> Json:
        place = self._place(order["channel"])
        options = {name: self._option(value) for name, value in order["options"].items()}
        used = await self._server.user_command(
            place, self.user, order["name"], options, locale=_locale(order)
        )
        return await self._outcome(used)

    async def _autocomplete(self, order: Json) -> Json:
        place = self._place(order["channel"])
        typing = await self._server.user_autocompletes(
            place,
            self.user,
            order["name"],
            order["options"],
            order["focused"],
            locale=_locale(order),
        )
        try:
            return {"choices": await typing.wait_for_choices(self._ack_seconds)}
        except TimeoutError as error:
            raise NotOffered("Loading options failed.") from error

    async def _menu(self, order: Json) -> Json:
        message = self._message(order["message"])
        used = await self._server.user_message_command(
            message, self.user, order["name"], locale=_locale(order)
        )
        return await self._outcome(used)

    async def _click(self, order: Json) -> Json:
        message = self._message(order["message"])
        values = [str(value) for value in order.get("values") or ()]
        used = await self._server.user_clicks(
            message, order["custom_id"], user=self.user, values=values, locale=_locale(order)
        )
        return await self._outcome(used, "This interaction failed.")

    async def _modal(self, order: Json) -> Json:
        shown = self._modals[order["interaction"]]
        sent = await self._server.user_submits_modal(shown, order["values"])
        return await self._outcome(sent, "Something went wrong. Try again.")

    async def _be(self, order: Json) -> Json:
        people = {str(user.id): user for user in self._newsroom.people}
        self.user = people[order["user"]]
        return {}

    async def _outcome(
        self, used: Interaction, failure: str = "The application did not respond."
    ) -> Json:
        try:
            await used.wait_for_ack(self._ack_seconds)
        except TimeoutError as error:
            raise NotOffered(failure) from error
        if used.modal is None:
            return {}
        self._modals[str(used.id)] = used
        return {"modal": used.modal, "interaction": str(used.id)}

    @property
    def _ack_seconds(self) -> float:
        return self._server.backend.ack_seconds

    def _place(self, its_id: object) -> Channel:
        for place in self._newsroom.places(self.user):
            if str(place.id) == its_id and of_user(self.user, place) & Permission.VIEW_CHANNEL:
                return place
        raise NotOffered("That channel is gone.")

    def _message(self, its_id: object) -> Message:
        for place in self._newsroom.places(self.user):
            for message in place.messages:
                if str(message.id) == its_id and not message.deleted:
                    return message
        raise NotOffered("That message is gone.")

    def _option(self, value: Any) -> Any:
        """A plain value as it is; of {"file": …} and the like what it stands for."""
        if not isinstance(value, dict):
            return value
        kind, its_id = next(iter(value.items()))
        chosen: dict[str, Callable[[str], Any]] = {
            "file": self._file,
            "user": self._person,
            "role": self._role,
            "channel": self._place,
        }
        return chosen[kind](str(its_id))

    def _file(self, token: object) -> tuple[str, bytes]:
        file = self._newsroom.kept(token)
        if file is None:
            raise NotOffered("That file is gone: choose it again.")
        return file

    def _person(self, its_id: str) -> User:
        return self._newsroom.guild.members[int(its_id)].user

    def _role(self, its_id: str) -> Role:
        return self._newsroom.guild.roles[int(its_id)]


def _locale(order: Json) -> str:
    return str(order.get("locale") or "en-US")
