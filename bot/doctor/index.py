"""The index of the catalog, as it was left: it is not opened, since Chroma writes into what it only
reads, and a damaged index can crash its reader."""

from collections.abc import Iterator
from importlib.metadata import version

from bot.doctor.finding import Finding
from vectorstore import Catalog, VectorstoreError, VectorstoreSettings
from vectorstore.embeddings import identity_of
from vectorstore.errors import IndexRefused
from vectorstore.owned import OwnedFolder, Seal
from vectorstore.store import kept_centring

_HEALS = (
    "Nothing has to be done: the bot makes it again from the catalog when it starts, without "
    "embedding, and answers meanwhile."
)
_EXAMINED = (
    "The bot examines it when it starts, and makes it again where it is damaged; to do so now, "
    "while no bot runs: python -m ingest check --repair"
)
_FOLLOWS = "The bot brings it up to date when it starts; until then the catalog answers for it."
_INSIDE = "To look into it, while no bot runs: python -m ingest check"
_SERVER_DOWN = (
    "Start it (chroma run, or docker compose --profile chroma up), or look at "
    "VECTORSTORE_CHROMA_URL; until it answers, the catalog does, and answers say so."
)
_SERVER_REFUSES = (
    "Look at VECTORSTORE_CHROMA_API_KEY, VECTORSTORE_CHROMA_TENANT and VECTORSTORE_CHROMA_DATABASE."
)
# A larger folder takes too long to read.
_MOST_BYTES = 4_000_000_000


def index_findings(settings: VectorstoreSettings, catalog: Catalog) -> Iterator[Finding]:
    """Of a catalog that has passages; raises ``CatalogError``."""
    try:
        yield _server(settings, catalog) if settings.chroma_url else _folder(settings, catalog)
    except IndexRefused as error:
        yield Finding("index", "failed", str(error), _SERVER_REFUSES)
    except VectorstoreError as error:
        advice = _SERVER_DOWN if settings.chroma_url else "Give the folder to the bot's user."
        yield Finding("index", "failed", str(error), advice)


def _server(settings: VectorstoreSettings, catalog: Catalog) -> Finding:
    # With Chroma, most of a second.
    from vectorstore.chroma_server import ChromaServer
    from vectorstore.server_index import ServerIndex

    server = ChromaServer(settings)
    try:
        server.call(lambda client: client.heartbeat())
        centring = kept_centring(catalog, identity_of(settings.embeddings))
        if centring is None:
            told = "The Chroma server answers, and has nothing of this model."
            return Finding("index", "warning", told, _FOLLOWS)
        index = ServerIndex(server, catalog, centring)
        index.look()
        state = index.state
    finally:
        server.close()
    told = f"The Chroma server answers, and has {state.indexed} of {state.passages} passages."
    if state.indexed < state.passages:
        return Finding("index", "warning", told, _FOLLOWS)
    return Finding("index", "ok", f"{told} Not looked at: whether they are the right ones.")


def _folder(settings: VectorstoreSettings, catalog: Catalog) -> Finding:
    folder = OwnedFolder(settings.path)
    if folder.is_in_use:
        told = "A running program has it open, so it was not looked at."
        return Finding("index", "ok", told, "Of a bot, /metrics and /newsdesk diag tell how it is.")
    if folder.is_new:
        return Finding("index", "warning", "It is missing.", _HEALS)
    if folder.is_dirty:
        told = "It was being written when the process ended that wrote it."
        return Finding("index", "warning", told, _HEALS)
    seal = folder.seal
    if folder.keeps_crashing:
        told = f"{seal.crashes} programs in a row ended abruptly while they had it open."
        return Finding("index", "warning", told, _EXAMINED)
    if not seal.files:
        told = "The program that had it open last did not come to close it."
        return Finding("index", "warning", told, _EXAMINED)
    if sum(f.stat().st_size for f in folder.path.rglob("*") if f.is_file()) > _MOST_BYTES:
        return Finding("index", "ok", "It is large, and was not looked at.", _INSIDE)
    if not folder.is_sealed:
        told = "Its files are not as they were left: it is damaged, or something wrote into it."
        return Finding("index", "warning", told, _EXAMINED)
    return _sealed(seal, settings, catalog)


def _sealed(seal: Seal, settings: VectorstoreSettings, catalog: Catalog) -> Finding:
    """What it is of, and how far it has come."""
    centring = kept_centring(catalog, identity_of(settings.embeddings))
    if seal.of.get("catalog") != catalog.id:
        told = "It is of another catalog, such as the one that a backup took the place of."
        return Finding("index", "warning", told, _HEALS)
    if centring is None or seal.of.get("centring") != centring.fingerprint:
        return Finding("index", "warning", "It is of another embedding model.", _HEALS)
    missing = catalog.pending(lambda audience: int(seal.of.get("sequence", 0)))
    if missing:
        told = f"It lacks {missing} of {catalog.totals().passages} passages."
        return Finding("index", "warning", told, _FOLLOWS)
    if seal.of.get("chroma") != version("chromadb"):
        told = f"It was written by Chroma {seal.of.get('chroma')}, another version than this one."
        return Finding("index", "ok", told, _EXAMINED)
    told = "It has all passages, and its files are as they were left. Not looked at: what they say."
    return Finding("index", "ok", told, _INSIDE)
