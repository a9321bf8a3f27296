"""The server that the page shows: its channels, its two people, and the bot."""

from __future__ import annotations

import secrets

from stand_in import Channel, DiscordServer, Intent, Permission, User
from stand_in.speaking import File

#: What Discord takes per file [resources/message].
FILE_BYTES = 10 << 20
#: Chosen and not sent yet; whoever chooses more loses the oldest.
_WAITING_FILES = 20

_MODERATOR = Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD | Permission.MANAGE_CHANNELS
_BOT = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.MANAGE_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
)


class Newsroom:
    """What the stand-in server holds for the page; `status` is what the bot is doing meanwhile."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.guild = server.add_guild("Newsroom", bot_permissions=_BOT)
        self.general = server.add_channel(self.guild, "general")
        self.general.topic = "Type /ask, or mention @Newsdesk in a message."
        self.questions = server.add_channel(self.guild, "questions")
        self.questions.topic = "Every message here is a question: no command, no mention."
        moderators = server.add_role(self.guild, "Moderators", permissions=_MODERATOR)
        server.add_role(self.guild, "Reporters")
        self.moderator = server.add_member(self.guild, "Robin", roles=(moderators,))
        self.reader = server.add_member(self.guild, "Kim")
        self.status = ""
        self._files: dict[str, File] = {}
        # Question channels need it; a real application switches it on in the developer portal.
        server.allowed_privileged_intents = Intent.MESSAGE_CONTENT

    @property
    def people(self) -> tuple[User, User]:
        """Whom the person at the browser can be; the moderator first."""
        return self.moderator, self.reader

    def say(self, status: str) -> None:
        self.status = status
        self.server.backend.changes.happened()

    def places(self, user: User) -> list[Channel]:
        """The channels and threads of the server, and the user's direct messages with the bot."""
        return [*self.guild.channels.values(), self.server.dm(user)]

    def keep(self, file: File) -> str:
        """Until it is sent; the token stands for it."""
        token = secrets.token_urlsafe(16)
        self._files[token] = file
        while len(self._files) > _WAITING_FILES:
            del self._files[next(iter(self._files))]
        return token

    def kept(self, token: object) -> File | None:
        return self._files.get(str(token))
