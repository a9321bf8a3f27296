"""What the files for Docker and systemd say fits the program; the tools that lint them agree.

Nothing is built or started here: that takes a Docker daemon, or systemd.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.doctor.machine import names_of
from bot.health import PATHS
from bot.settings import BotSettings, host_and_port
from ingest.settings import IngestSettings
from tests.conftest import ROOT, folder_of
from tests.postgres_server import PostgresProcess
from vectorstore import Catalog, Vectorstore, VectorstoreSettings

SETTINGS = names_of([BotSettings, IngestSettings, VectorstoreSettings])
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = ROOT / "deploy" / "newsdesk.service"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def linted(tool: str, *arguments: str) -> str:
    """What a linter says; skips where it is not installed."""
    beside = Path(sys.executable).with_name(tool)
    found = str(beside) if beside.exists() else shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [found, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_hadolint_finds_nothing() -> None:
    assert linted("hadolint", "Dockerfile") == ""


def test_the_compose_file_is_one() -> None:
    assert (
        linted("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml") == ""
    )


def test_systemd_takes_the_unit() -> None:
    # The bot is not installed where the unit expects it, and its user is not made.
    said = linted("systemd-analyze", "verify", str(UNIT)).splitlines()
    assert [line for line in said if "is not executable" not in line] == []


def test_what_docker_copies_exists_and_is_sent_to_it() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*", "only what is named is sent: never .env or data/"
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            named = [f"!{source}", f"!{source.rstrip('/')}/requirements.py"]
            assert any(name in ignored for name in named), source


def test_the_files_name_settings_that_there_are() -> None:
    [environment] = re.findall(r"^ENV PATH=\S+ \\\n((?:.*\\\n)*.*)", DOCKERFILE, re.MULTILINE)
    named = set(re.findall(r"((?:BOT|INGEST|VECTORSTORE)_\w+)=", environment))
    # PGPASSWORD is one of libpq's.
    named |= set(COMPOSE["services"]["bot"]["environment"]) - {"PGPASSWORD"}
    named |= set(re.findall(r"((?:BOT|INGEST|VECTORSTORE|DISCORD)_\w+)", UNIT.read_text()))
    assert named
    assert named <= SETTINGS


def test_the_container_is_asked_for_what_the_bot_serves() -> None:
    [path] = re.findall(r"127\.0\.0\.1:\{port\}(/\w+)", DOCKERFILE)
    assert path in PATHS
    service = COMPOSE["services"]["bot"]
    _, port = host_and_port(service["environment"]["BOT_HEALTH_ADDRESS"])
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert "USER 10001" in DOCKERFILE


def test_the_chroma_server_is_of_the_clients_version() -> None:
    _, _, version = COMPOSE["services"]["chroma"]["image"].partition(":")
    assert f"chromadb=={version}\n" in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_what_a_server_beside_the_bot_needs_is_what_the_readme_says() -> None:
    services = COMPOSE["services"]
    [chroma, database] = [services[name] for name in ("chroma", "postgres")]
    assert (chroma["profiles"], database["profiles"]) == (["chroma"], ["postgres"])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [url] = re.findall(r"`VECTORSTORE_CATALOG_URL=(postgresql://\w+@postgres/\w+)`", readme)
    made = database["environment"]
    assert url == f"postgresql://{made['POSTGRES_USER']}@postgres/{made['POSTGRES_DB']}"
    # One password, of .env: the server's, and the bot's for an address that has none.
    assert made["POSTGRES_PASSWORD"] == services["bot"]["environment"]["PGPASSWORD"]
    assert made["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:-}"
    waits = services["bot"]["depends_on"]["postgres"]
    assert waits == {"condition": "service_healthy", "required": False}
    assert database["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    # Neither is reached from outside, and what they keep outlives them.
    for service in (chroma, database):
        assert "ports" not in service
        [volume] = service["volumes"]
        assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_a_password_that_only_the_environment_has_is_enough(
    postgres: PostgresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the container is given it; it is not logged with the address."""
    psycopg = pytest.importorskip("psycopg")
    url = postgres.new_schema()
    Catalog(url).close()
    asked: list[str | None] = []
    connect = psycopg.connect

    def noted(*arguments: Any, **named: Any) -> Any:
        connection = connect(*arguments, **named)
        asked.append(connection.info.password)
        return connection

    monkeypatch.setenv("PGPASSWORD", "of-the-environment")
    monkeypatch.setattr(psycopg, "connect", noted)
    Catalog(url).close()
    assert asked == ["of-the-environment"]


def requirements(*options: str) -> str:
    return subprocess.run(
        [sys.executable, "deploy/requirements.py", *options],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


def test_the_image_has_no_torch_unless_it_is_asked_for() -> None:
    assert "sentence-transformers" not in requirements()
    assert "chromadb" in requirements()
    assert "langchain-openai" not in requirements()
    assert "sentence-transformers" in requirements("--any-model")
    assert "langchain-openai" in requirements("--openai")


def test_the_image_has_the_driver_of_postgresql() -> None:
    assert "requirements.py --postgres $OPTIONS" in DOCKERFILE
    assert "psycopg[binary]" in requirements("--postgres")
    assert "sentence-transformers" not in requirements("--postgres")


def test_the_bot_answers_without_sentence_transformers_and_torch(
    sample_store: Vectorstore,
) -> None:
    """As in the image: whatever imports them fails."""
    without = (
        "import sys, runpy\n"
        "for name in ('torch', 'sentence_transformers', 'transformers', 'sklearn', 'scipy'):\n"
        "    sys.modules[name] = None\n"
        "sys.argv = ['bot', 'ask', 'Who attended the Saudi talks?']\n"
        "runpy.run_module('bot', run_name='__main__', alter_sys=True)\n"
    )
    path = folder_of(sample_store)
    done = subprocess.run(
        [sys.executable, "-c", without],
        cwd=ROOT,
        env={**os.environ, "VECTORSTORE_PATH": str(path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Marco Rubio" in done.stdout


def test_the_constraints_pin_all_that_is_asked_for() -> None:
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    for line in requirements("--any-model", "--openai", "--postgres").splitlines():
        name = re.split(r"[\[<>=;\s]", line)[0].lower().replace("_", "-")
        assert name in pinned, name
