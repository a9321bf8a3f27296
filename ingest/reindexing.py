"""``python -m ingest reindex``: all passages embedded with another model."""

import argparse
from contextlib import closing

from ingest import console
from ingest.embed import embed_passages
from ingest.progress_bar import ProgressBar
from ingest.report import Progress
from vectorstore import Catalog, VectorstoreSettings, open_catalog, open_vectorstore
from vectorstore.embeddings import BUNDLED, identity_of, load_embeddings
from vectorstore.reindex import Reindex
from vectorstore.store import centring_of, late_of

# Saved so often: a run that is killed does them again.
_BATCH = 16


def run_reindex(arguments: argparse.Namespace, settings: VectorstoreSettings) -> int:
    """Embed what is not embedded yet, then switch; returns 0."""
    name = arguments.model or settings.embeddings
    if arguments.audience:
        console.complain("All articles are embedded: one store has the vectors of one model.")
    with closing(open_catalog(settings)) as catalog:
        before = catalog.meta("embeddings")
        embedded = _reindexed(catalog, name, settings)
    if embedded is None:
        _tell(arguments, "unchanged", before, identity_of(name), 0)
        return 0
    # Searching needs no index for what was not applied, so whoever has the folder may take it over.
    chosen = settings.model_copy(update={"embeddings": name})
    with closing(open_vectorstore(chosen, rerank=False)) as store:
        store.index.apply()
    _tell(arguments, "updated", before, identity_of(name), embedded)
    if name != settings.embeddings:
        value = name if name == BUNDLED else identity_of(name)
        console.complain(f"Set VECTORSTORE_EMBEDDINGS={value}, or nothing opens this store.")
    console.complain("A bot that runs with it has to be started again.")
    return 0


def _reindexed(catalog: Catalog, name: str, settings: VectorstoreSettings) -> int | None:
    """How many passages were embedded; None where the store is of this model already."""
    reindex = Reindex(catalog)
    identity = identity_of(name)
    with reindex.alone():
        if catalog.meta("embeddings") == identity:
            reindex.give_up()
            return None
        embeddings = load_embeddings(name, settings.model_cache)
        # Measured before the switch, so that the first question after it need not wait.
        centring_of(catalog, embeddings)
        late = late_of(embeddings)
        reindex.begin(identity)
        embedded = 0
        with ProgressBar() as bar:
            while not reindex.switch(identity):
                for part in reindex.missing(_BATCH):
                    done, total = reindex.counts()
                    bar.listen(Progress(part.article.title, 0, 0, done, total))
                    vectors = embed_passages(
                        embeddings, late, part.article, part.passages, lambda _: None
                    )
                    reindex.keep(part, vectors)
                    embedded += len(vectors)
        return embedded


def _tell(
    arguments: argparse.Namespace, outcome: str, before: str | None, model: str, embedded: int
) -> None:
    if arguments.json:
        told = {"outcome": outcome, "before": before, "model": model, "embedded": embedded}
        console.write_json(told)
    elif outcome == "unchanged":
        console.say(f"the passages are embedded with “{model}” already", outcome)
    else:
        console.say(f"{embedded} passages embedded with “{model}”, before “{before}”", outcome)
