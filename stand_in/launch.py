"""Runs a bot as a process of its own against a stand-in that listens on PORT.

python -m stand_in.launch PORT [--module NAME] -- ARGUMENTS
"""

import argparse
import runpy
import sys

from .redirect import point_at


def main() -> None:
    own, theirs = sys.argv[1:], []
    if "--" in own:
        cut = own.index("--")
        own, theirs = own[:cut], own[cut + 1 :]
    parser = argparse.ArgumentParser(prog="stand_in.launch")
    parser.add_argument("port", type=int)
    parser.add_argument("--module", default="bot")
    arguments = parser.parse_args(own)
    point_at(arguments.port)
    sys.argv = [arguments.module, *theirs]
    runpy.run_module(arguments.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
