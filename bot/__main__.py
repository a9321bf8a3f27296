"""`python -m bot`: the Discord bot; `python -m bot ask "…"`: an answer in the terminal;
`python -m bot doctor`: what is missing; `python -m bot handover`: another bot for this store."""

import argparse
import asyncio
import io
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from pydantic import ValidationError
from rich.console import Console

from bot.answering.answerer import Answerer
from bot.answering.conversation import Turn
from bot.chat_model import open_chat_model
from bot.errors import BotError, ConfigurationError, QuestionError
from bot.logs import start_logging
from bot.servers import Servers
from bot.settings import BotSettings
from bot.terminal import growing, show
from ingest.arguments import parse
from ingest.console import complain, prepare_output, say, write_json, writing
from ingest.errors import ArticleUnknown, OutputFailed
from ingest.lookup import find_article
from ingest.settings import IngestSettings
from vectorstore import (
    SHARED,
    Catalog,
    Period,
    VectorstoreError,
    VectorstoreSettings,
    open_catalog,
    open_vectorstore,
    read_period,
)
from vectorstore.article import AUDIENCE
from vectorstore.errors import PeriodError
from vectorstore.settings import wrong_setting


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status (0 well, 1 failed, 2 wrong usage)."""
    arguments = parse(_parser(), argv)
    try:
        if arguments.command == "ask":
            return _ask(
                arguments.question,
                arguments.audience,
                arguments.json,
                conversational=arguments.conversation,
                period=read_period(arguments.since, arguments.until),
                named=arguments.article,
            )
        if arguments.command == "doctor":
            # With discord.py, half a second.
            from bot.doctor.command import doctor

            prepare_output(arguments.json)
            return doctor(as_json=arguments.json)
        if arguments.command == "handover":
            return _hand_over()
        return _run()
    except ValidationError as error:
        known = (BotSettings, IngestSettings, VectorstoreSettings)
        complain(wrong_setting(error, known))
        return 2
    except PeriodError as error:
        complain(str(error))
        return 2
    except (ArticleUnknown, BotError, OutputFailed, VectorstoreError) as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the answers has gone: nothing is wrong.
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="run the Discord bot (the default)")
    doctor = commands.add_parser("doctor", help="look at all that the bot needs")
    doctor.add_argument("--json", action="store_true", help="one JSON object a finding")
    commands.add_parser(
        "handover", help="let the bot of another application have this store, from its next start"
    )
    ask = commands.add_parser("ask", help="answer a question in the terminal")
    ask.add_argument(
        "--audience",
        type=_audience,
        default=SHARED,
        help="whose articles besides the shared ones, for instance guild-123",
    )
    ask.add_argument("--json", action="store_true", help="one JSON object a question")
    ask.add_argument(
        "--conversation",
        action="store_true",
        help="with -: a question may lean on those before it (“And who else?”)",
    )
    ask.add_argument(
        "--since",
        metavar="DATE",
        help="only articles from this day (2025-02-18), month (2025-02) or year on",
    )
    ask.add_argument(
        "--until",
        metavar="DATE",
        help="only articles up to this day, month or year, itself included",
    )
    ask.add_argument(
        "--article",
        metavar="ARTICLE",
        help="only this article: a title, an id, a path or an address",
    )
    ask.add_argument("question", help="the question; - reads one a line from standard input")
    return parser


def _audience(value: str) -> str:
    if not AUDIENCE.fullmatch(value):
        raise argparse.ArgumentTypeError(
            f"“{value}” is no audience: 3 to 63 of a-z, 0-9, “_” and “-”"
        )
    return value


def _ask(
    question: str,
    audience: str,
    as_json: bool,
    *,
    conversational: bool,
    period: Period | None,
    named: str | None,
) -> int:
    prepare_output(as_json)
    status = 0
    chat = open_chat_model(BotSettings())
    store = open_vectorstore(VectorstoreSettings(), once=question != "-")
    console = Console()
    try:
        answerer = Answerer(store.catalog, store.retriever, chat)
        article = _article(store.catalog, audience, named) if named is not None else None
        ask = partial(answerer.answer, audience=audience, period=period, article=article)
        turns: list[Turn] = []
        for line in _questions(question):
            try:
                with growing(console, shown=not as_json) as on_text:
                    answer = ask(line, conversation=turns, on_text=on_text)
            except QuestionError as error:
                # The other questions are still answered.
                complain(str(error))
                status = 1
                continue
            if conversational:
                turns.append(Turn(line, answer))
            if as_json:
                write_json(answer.to_json())
            else:
                with writing():
                    show(answer, console)
                    sys.stdout.flush()
    finally:
        store.close()
    return status


def _article(catalog: Catalog, audience: str, named: str) -> str:
    """The id of the article that is meant, the audience's own or a shared one.

    Raises:
        ArticleUnknown: there is none, or there are several.
    """
    try:
        return find_article(catalog, audience, named).id
    except ArticleUnknown:
        return find_article(catalog, SHARED, named).id


def _questions(question: str) -> Iterator[str]:
    if question != "-":
        yield question
        return
    if sys.stdin is None:
        raise QuestionError("Standard input is closed: there are no questions to read.")
    if isinstance(sys.stdin, io.TextIOWrapper):
        # A line that is no text of the locale's is asked with marks in it; the others are answered.
        sys.stdin.reconfigure(errors="replace")
    for line in sys.stdin:
        if line.strip():
            yield line.strip()


def _hand_over() -> int:
    settings = BotSettings()
    catalog = open_catalog(VectorstoreSettings())
    try:
        owner = Servers(catalog.database).hand_over()
    finally:
        catalog.close()
    if owner is None:
        say("No bot has this store: the next one that starts has it.")
        return 0
    say(
        f"The bot of application {owner} had this store; the next one that starts has it. Servers "
        "that it is not in count as left: what is theirs is deleted after "
        f"{settings.leave_days} days (BOT_LEAVE_DAYS)."
    )
    return 0


def _run() -> int:
    settings = BotSettings()
    if settings.discord_token is None or not settings.discord_token.get_secret_value():
        raise ConfigurationError(
            "DISCORD_TOKEN is not set: put the bot's token from the Discord developer portal "
            "into .env (see .env.example)."
        )
    stored = VectorstoreSettings()
    hidden = [*settings.secrets, *stored.secrets]
    start_logging(settings.log_level, settings.log_format, hidden)
    # discord.py takes half a second to import, which a question in the terminal need not wait for.
    from bot.client import Newsdesk
    from bot.metrics import Metrics
    from bot.running import run_bot
    from bot.sharded import ShardedNewsdesk
    from ingest.pipeline import Ingestion

    reading = IngestSettings()
    metrics = Metrics()
    chat = open_chat_model(settings, metrics.chat_failed)
    store = open_vectorstore(stored)
    made = Newsdesk if settings.shards == 1 else ShardedNewsdesk
    client = made(
        Answerer(store.catalog, store.retriever, chat, metrics.timed),
        Ingestion(store, reading),
        store,
        settings,
        max_bytes=reading.max_bytes,
        metrics=metrics,
    )
    asyncio.run(run_bot(client, settings.discord_token.get_secret_value()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
