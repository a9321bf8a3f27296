"""What is written is what is there: settings, commands, options."""

import argparse
import re
from collections.abc import Iterator

import pytest
from pydantic_settings import BaseSettings

from bot.__main__ import _parser as bot_parser
from bot.settings import BotSettings
from evaluation.__main__ import _parser as evaluation_parser
from ingest.arguments import parser as ingest_parser
from ingest.settings import IngestSettings
from tests.conftest import ROOT
from vectorstore import VectorstoreSettings

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def settings() -> dict[str, str]:
    """Every setting with its default as one writes it into ``.env``."""
    found = {}
    classes: tuple[type[BaseSettings], ...] = (BotSettings, IngestSettings, VectorstoreSettings)
    for cls in classes:
        for name, field in cls.model_fields.items():
            assert field.description, name
            prefix = "" if field.validation_alias else cls.model_config["env_prefix"]
            default = field.default
            if isinstance(default, tuple):
                default = ",".join(map(str, default))
            if isinstance(default, bool):
                default = str(default).lower()
            if isinstance(default, float):
                default = f"{default:g}"
            found[f"{prefix}{name}".upper()] = "" if default is None else str(default)
    return found


def test_env_example_names_exactly_the_settings_with_their_defaults() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE)) == settings()


def test_the_readme_explains_exactly_the_settings() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", README, re.MULTILINE)
    assert dict(rows) == settings()


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield f"{parser.prog} {name}"
                yield from options(child)


@pytest.mark.parametrize("parser", [bot_parser(), ingest_parser()], ids=["bot", "ingest"])
def test_the_readme_names_every_command_and_option(parser: argparse.ArgumentParser) -> None:
    known = {"--help", "python -m bot run", "python -m ingest refresh"}
    missing = [name for name in set(options(parser)) - known if name not in README]
    assert missing == []


def test_the_evaluations_own_readme_names_its_commands_and_options() -> None:
    text = (ROOT / "evaluation" / "README.md").read_text(encoding="utf-8")
    named = set(options(evaluation_parser())) - {"--help"}
    assert [name for name in named if name not in README + text] == []


def test_every_dependency_has_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project.split("dependencies = [", 1)[1].split("]", 1)[0]
    for name in re.findall(r'^\s+"([A-Za-z0-9._-]+)', block, re.MULTILINE):
        assert re.search(rf"^\|.*\b{re.escape(name)}\b.*\|", ARCHITECTURE, re.MULTILINE), name


def test_the_tests_that_the_threat_model_names_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|\.ci)/[\w/.]+)`", text)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_documents_link_to_what_exists() -> None:
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (ROOT / target).exists(), f"{document}: {target}"
