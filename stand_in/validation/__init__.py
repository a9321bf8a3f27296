"""The limits of messages, components, modals and commands, as real Discord enforces them."""

from .commands import check_command
from .components import check_components
from .messages import Draft, check_message, check_uploads
from .modals import check_modal

__all__ = [
    "Draft",
    "check_command",
    "check_components",
    "check_message",
    "check_modal",
    "check_uploads",
]
