"""All properties by name."""

from tests.fuzz.answers import ANSWERS
from tests.fuzz.command_lines import COMMAND_LINES
from tests.fuzz.discord_events import DISCORD

PROPERTIES = {**COMMAND_LINES, **ANSWERS, **DISCORD}
