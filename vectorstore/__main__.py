"""``python -m vectorstore > vectorstore/centring-bundled.json`` measures the bundled model's
language directions again: after a change of ``parallel.json`` or of the model."""

import sys

from vectorstore.centring import compute_centring
from vectorstore.embeddings import BundledEmbeddings


def main() -> None:
    constants = compute_centring(BundledEmbeddings()).dumps()
    sys.stdout.write(constants.replace("], [", "],\n[") + "\n")


if __name__ == "__main__":
    main()
