"""Runs a bot as a process of its own against a stand-in that listens on PORT.

python -m stand_in.launch PORT [--module NAME] [--until-stdin-ends] -- ARGUMENTS
"""

import argparse
import os
import runpy
import signal
import sys
import threading

from .redirect import point_at


def main() -> None:
    own, theirs = sys.argv[1:], []
    if "--" in own:
        cut = own.index("--")
        own, theirs = own[:cut], own[cut + 1 :]
    parser = argparse.ArgumentParser(prog="stand_in.launch")
    parser.add_argument("port", type=int)
    parser.add_argument("--module", default="bot")
    parser.add_argument(
        "--until-stdin-ends",
        action="store_true",
        help="SIGTERM to itself when whoever holds the other end is gone, however it went",
    )
    arguments = parser.parse_args(own)
    point_at(arguments.port)
    if arguments.until_stdin_ends:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    sys.argv = [arguments.module, *theirs]
    runpy.run_module(arguments.module, run_name="__main__", alter_sys=True)


def _end_with_stdin() -> None:
    # Not sys.stdin: at exit Python would wait for the lock that its reader holds.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
