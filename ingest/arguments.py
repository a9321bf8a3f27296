"""What ``python -m ingest`` takes."""

import argparse
from collections.abc import Sequence

from vectorstore.article import AUDIENCE


def parser() -> argparse.ArgumentParser:
    """The commands and options; without a command it is ``refresh``, of all audiences."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument(
        "--audience",
        type=_audience,
        metavar="NAME",
        help="whose articles: shared (the default), or guild-<id> for one Discord server's "
        "(refresh: all, unless one is named)",
    )
    common.add_argument("--json", action="store_true", help="write one JSON object a line")
    whole = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Puts articles into the store. Without a command: refresh.",
        parents=[common],
    )
    whole.set_defaults(audience=None, json=False, dry_run=False)
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    dry = argparse.ArgumentParser(add_help=False)
    dry.add_argument(
        "--dry-run", action="store_true", help="tell what would change, change nothing"
    )
    add = commands.add_parser("add", parents=[common, dry], help="add or update articles")
    add.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, http(s) URL, or -")
    add.add_argument(
        "--name", metavar="NAME", help="what standard input is called, as report.pdf or notes.md"
    )
    commands.add_parser(
        "refresh", parents=[common, dry], help="read INGEST_SOURCES and every known address again"
    )
    _add_moving_commands(commands, common)
    commands.add_parser("list", parents=[common], help="list the articles")
    check = commands.add_parser(
        "check", parents=[common], help="tell whether catalog and index are whole"
    )
    check.add_argument("--repair", action="store_true", help="mend what can be mended")
    commands.add_parser("backup", parents=[common], help="make a backup of the catalog now")
    _add_article_commands(commands, common)
    _add_feed_commands(commands, common)
    return whole


def parse(made: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """What was typed; ends the program where it is wrong.

    argparse of Python 3.11 takes ``--name=--`` for an option with no value at all, and gives a list
    in place of a text.
    """
    arguments = made.parse_args(argv)
    for name, value in vars(arguments).items():
        if value == [] or value == [[]]:
            made.error(f"argument --{name.replace('_', '-')}: expected one argument")
    return arguments


def _add_article_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    made = {}
    for name, what in (
        ("show", "show an article's paragraphs"),
        ("history", "list an article's versions"),
        ("diff", "tell what differs between two versions: the last two, N and the last, N and M"),
        ("undo", "give back the version before, or an article that was removed"),
        ("remove", "remove an article; its versions are kept"),
    ):
        made[name] = commands.add_parser(name, parents=[common], help=what, description=what)
        made[name].add_argument(
            "article", metavar="ARTICLE", help="id, title, path, URL or upload name"
        )
    for name in ("show", "undo"):
        made[name].add_argument("--version", type=int, metavar="N", help="a version of `history`")
    made["diff"].add_argument("old", nargs="?", type=int, metavar="N")
    made["diff"].add_argument("new", nargs="?", type=int, metavar="M")


def _add_moving_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    export = commands.add_parser(
        "export",
        parents=[common],
        help="write all articles, or an audience's, with all their versions, a JSON object a line",
    )
    export.add_argument(
        "--vectors", action="store_true", help="with the vectors, so that nothing is embedded again"
    )
    export.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="packed where it ends in .gz; or -"
    )
    moved = commands.add_parser(
        "import",
        parents=[common],
        help="take the articles of an export; into --audience, or each into its own",
    )
    moved.add_argument("file", metavar="FILE", help="what export wrote, or - for standard input")
    reindex = commands.add_parser(
        "reindex", parents=[common], help="embed all passages with another model"
    )
    reindex.add_argument(
        "--model", metavar="NAME", help="the model; else what VECTORSTORE_EMBEDDINGS names"
    )


def _add_feed_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    feeds = commands.add_parser("feeds", help="feeds whose new articles are added by themselves")
    made = feeds.add_subparsers(dest="feeds_command", metavar="COMMAND", required=True)
    add = made.add_parser("add", parents=[common], help="add a feed, or the one that a page names")
    add.add_argument("url", metavar="URL", help="RSS, Atom, JSON Feed, news sitemap, or a page")
    made.add_parser("list", parents=[common], help="list the feeds, and how their polls went")
    remove = made.add_parser("remove", parents=[common], help="poll a feed no more")
    remove.add_argument("feed", metavar="FEED", help="address, title, or number of `feeds list`")
    poll = made.add_parser("poll", parents=[common], help="read what is new in the feeds now due")
    poll.add_argument("--all", action="store_true", help="also those that are not due yet")


def _audience(name: str) -> str:
    if not AUDIENCE.fullmatch(name):
        raise argparse.ArgumentTypeError(
            f"“{name}” is no audience: 3 to 63 lower-case letters, digits, dashes and "
            "underscores, the first and last a letter or digit"
        )
    return name
