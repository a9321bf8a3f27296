"""Modals that this process need not remember: who submits one, and to which process, is not known
when it is opened."""

from collections.abc import Sequence
from typing import Any

import discord


def modal(title: str, custom_id: str) -> discord.ui.Modal:
    """An empty modal that discord.py does not keep: ``on_interaction`` takes what is submitted."""
    made = discord.ui.Modal(title=title, custom_id=custom_id)
    made.stop()
    return made


def entered(components: Sequence[Any]) -> dict[str, str]:
    """What a submitted modal's fields have, by their custom id; of a select the first value."""
    fields = [row.get("component") or row["components"][0] for row in components]
    return {
        field["custom_id"]: field["value"] if "value" in field else next(iter(field["values"]), "")
        for field in fields
    }
