"""What the machine has to give: settings, the folder of the store, room on its disk."""

import difflib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from bot.doctor.finding import Finding

_GIGABYTE = 1_000_000_000
_LITTLE, _TOO_LITTLE = 2 * _GIGABYTE, _GIGABYTE // 5


def names_of(classes: Sequence[type[BaseSettings]]) -> set[str]:
    """The settings, as they are written in the environment."""
    return {
        f"{'' if field.validation_alias else one.model_config['env_prefix']}{name}".upper()
        for one in classes
        for name, field in one.model_fields.items()
    }


def settings_findings(
    classes: Sequence[type[BaseSettings]], environment: Mapping[str, str], env_file: Path
) -> Iterator[Finding]:
    """Names that no setting has, which nobody would ever read, and a file that all can read."""
    known = names_of(classes)
    prefixes = {one.model_config["env_prefix"] for one in classes} | {"DISCORD_"}
    written = dotenv_values(env_file) if env_file.is_file() else {}
    fine = True
    for place, names in ((str(env_file), written), ("the environment", environment)):
        for name in sorted({n.upper() for n in names} - known):
            if name.startswith(tuple(prefixes)):
                fine = False
                yield _unknown(name, place, known)
    if env_file.is_file() and os.name == "posix" and _others_may_read(env_file):
        fine = False
        yield Finding(
            "settings",
            "warning",
            f"Everybody on this machine can read {env_file}, which may hold the token.",
            f"Run: chmod 600 {env_file}",
        )
    if fine:
        told = f"in {env_file} and the environment" if written else "in the environment"
        yield Finding("settings", "ok", f"Every setting {told} is known.")


def folder_findings(path: Path) -> Iterator[Finding]:
    """Whether the store can be written, and how much room it has; nothing is made."""
    there = next(p for p in (path, *path.absolute().parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield Finding(
            "data folder",
            "failed",
            f"The folder {path} can't be written: {error.strerror}.",
            "Give it to the user that runs the bot, or set VECTORSTORE_PATH to another folder.",
        )
        return
    told = f"The folder {path} can be written." if path.exists() else f"{path} can be made."
    yield Finding("data folder", "ok", told)
    yield _room(there, shutil.disk_usage(there).free)


def _room(path: Path, free: int) -> Finding:
    told = f"{free / _GIGABYTE:.1f} GB are free on the disk of {path}."
    if free >= _LITTLE:
        return Finding("disk", "ok", told)
    advice = "Make room: a passage takes some 10 kB; on a full disk nothing can be added."
    return Finding("disk", "failed" if free < _TOO_LITTLE else "warning", told, advice)


def _unknown(name: str, place: str, known: set[str]) -> Finding:
    near = difflib.get_close_matches(name, known, 1)
    meant = f"Did you mean {near[0]}?" if near else "The README lists all settings."
    return Finding("settings", "warning", f"{name} in {place} is no setting.", meant)


def _others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH)
