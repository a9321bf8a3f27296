"""`python -m tests.fuzz.guided --only html`: bytes are broken where that leads to new code.

Needs atheris (`pip install atheris`; it has wheels for CPython 3.11 to 3.13 on Linux), which is
libFuzzer. It stops at the first thing that is wrong, which `crash-…` in the current folder keeps.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bot", "ingest", "vectorstore"]):
    from tests.fuzz.targets import TARGETS

_LARGEST = 300_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only", choices=TARGETS, required=True)
    arguments = parser.parse_args()
    target = TARGETS[arguments.only]
    with tempfile.TemporaryDirectory() as folder:
        for number, sample in enumerate(target.samples):
            (Path(folder) / str(number)).write_bytes(sample)
        limits = [f"-max_total_time={arguments.seconds}", f"-max_len={_LARGEST}", "-timeout=20"]
        atheris.Setup([sys.argv[0], folder, *limits], target.run)
        # Ends the process.
        atheris.Fuzz()


if __name__ == "__main__":
    main()
