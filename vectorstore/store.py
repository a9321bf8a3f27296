"""Open everything that a store consists of."""

from dataclasses import dataclass
from importlib.resources import files

from threadpoolctl import threadpool_limits

from vectorstore.backups import Backups
from vectorstore.bundled import Reader
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring, compute_centring, recipe
from vectorstore.embeddings import BundledEmbeddings, NamedEmbeddings, identity_of, load_embeddings
from vectorstore.errors import EmbeddingsMismatch
from vectorstore.late import Constants, LateInteraction
from vectorstore.local_index import LocalIndex
from vectorstore.owned import OwnedFolder
from vectorstore.reranker import CrossEncoderReranker
from vectorstore.retriever import HybridRetriever
from vectorstore.scan import CatalogScan, DenseSearch
from vectorstore.settings import VectorstoreSettings


@dataclass(frozen=True, slots=True)
class Vectorstore:
    """The open parts of a store; close it when done."""

    catalog: Catalog
    embeddings: NamedEmbeddings
    retriever: HybridRetriever
    index: DenseSearch
    late: LateInteraction | None
    """None where the embedding model shows no tokens."""
    backups: Backups

    def close(self) -> None:
        self.index.close()
        self.catalog.close()


def open_catalog(settings: VectorstoreSettings) -> Catalog:
    """Only the catalog: enough to list, show and remove; raises ``CatalogError``."""
    return Catalog(postgres_at(settings) or settings.path / "catalog.sqlite3")


def postgres_at(settings: VectorstoreSettings) -> str:
    """The URL of the catalog's database; empty where it is a file."""
    return settings.catalog_url.get_secret_value() if settings.catalog_url else ""


def open_backups(settings: VectorstoreSettings) -> Backups:
    """Where the catalog's backups are; nothing is made before there is one."""
    # PostgreSQL has its own tools for that.
    kept = 0 if settings.catalog_url else settings.backups_kept
    return Backups(settings.backups or settings.path / "backups", kept)


def open_vectorstore(
    settings: VectorstoreSettings, *, once: bool = False, rerank: bool = True
) -> Vectorstore:
    """Open a store, or make an empty one.

    The numerical library of numpy is told, for the whole process, to use one thread.

    ``once`` is for a single question: reading the catalog's vectors takes a tenth of the time that
    loading Chroma and its index does, and finds the same or better. Without ``rerank`` the
    reranker and the reader are left out, the bundled model is loaded when it is used first, and the
    index is not opened before it is needed: who only ingests need not wait for them.

    Raises:
        CatalogError: the catalog can't be opened.
        EmbeddingsMismatch: it holds vectors of another model than the one that is set.
        EmbeddingsError: the model can't be loaded.
        RerankerError: the reranker can't be loaded, or is none.
        IndexUnavailable: the Chroma server can't be reached, or the folder not be locked.
    """
    # numpy's BLAS starts threads for products that take a tenth of a millisecond, and they spin.
    threadpool_limits(1, user_api="blas")
    catalog = open_catalog(settings)
    try:
        _claim_model(catalog, identity_of(settings.embeddings))
        embeddings = load_embeddings(settings.embeddings, settings.model_cache, lazy=not rerank)
        reranker = CrossEncoderReranker(settings.reranker) if rerank and settings.reranker else None
        centring = centring_of(catalog, embeddings)
        late = late_of(embeddings)
        reader = reader_of(embeddings) if rerank and settings.reader else None
        index: DenseSearch = CatalogScan(catalog, centring)
        if not once:
            index = _index(settings, catalog, centring, at_once=rerank)
    except BaseException:
        catalog.close()
        raise
    retriever = HybridRetriever(
        catalog=catalog,
        embeddings=embeddings,
        centring=centring,
        index=index,
        reranker=reranker,
        late=late,
        reader=reader,
        k=settings.top_k,
    )
    return Vectorstore(catalog, embeddings, retriever, index, late, open_backups(settings))


def _claim_model(catalog: Catalog, identity: str) -> None:
    """Note the model in an empty store; refuse another one in a store that has articles."""
    catalog.model = identity
    stored = catalog.meta("embeddings")
    if stored == identity:
        return
    if stored and catalog.totals().passages:
        raise EmbeddingsMismatch(stored, identity)
    catalog.set_meta("embeddings", identity)


def _index(
    settings: VectorstoreSettings, catalog: Catalog, centring: Centring, *, at_once: bool
) -> DenseSearch:
    """The index of a server or of the folder, or an exact scan where another process has that."""
    if settings.chroma_url:
        # Chroma takes most of a second to import.
        from vectorstore.server_index import open_server_index

        return open_server_index(settings, catalog, centring)
    folder = OwnedFolder(settings.path)
    if not folder.acquire():
        return CatalogScan(catalog, centring)
    return LocalIndex(folder, catalog, centring, at_once=at_once)


def late_of(embeddings: NamedEmbeddings) -> LateInteraction | None:
    """None where the model shows no tokens."""
    if not isinstance(embeddings, BundledEmbeddings):
        return None
    return LateInteraction(embeddings, Constants.shipped())


def reader_of(embeddings: NamedEmbeddings) -> Reader | None:
    """None where the embedding model isn't the bundled one."""
    return embeddings.reader() if isinstance(embeddings, BundledEmbeddings) else None


def centring_of(catalog: Catalog, embeddings: NamedEmbeddings) -> Centring:
    """The constants shipped with the bundled model; another model's are kept with the store."""
    kept = kept_centring(catalog, embeddings.identity)
    if kept is None:
        kept = compute_centring(embeddings)
        catalog.set_meta(_centring_key(embeddings.identity), kept.dumps())
    return kept


def kept_centring(catalog: Catalog, identity: str) -> Centring | None:
    """The constants of a model, without loading it; None where they were never measured."""
    if identity == BundledEmbeddings.identity:
        shipped = files(__package__).joinpath("centring-bundled.json")
        return Centring.loads(shipped.read_text(encoding="utf-8"))
    kept = catalog.meta(_centring_key(identity))
    return Centring.loads(kept) if kept is not None else None


def _centring_key(identity: str) -> str:
    return f"centring of {identity} by {recipe()}"
