"""What answers are made with: the embedding model, the store, the chat model."""

from collections.abc import Iterator

from langchain_core.messages import HumanMessage

from bot.chat_model import open_chat_model
from bot.doctor.finding import Finding
from bot.errors import ChatModelError, ConfigurationError
from bot.settings import BotSettings
from vectorstore import VectorstoreError, VectorstoreSettings
from vectorstore.embeddings import load_embeddings
from vectorstore.errors import EmbeddingsMismatch
from vectorstore.inspection import inspect

_CHAT_SETTINGS = (
    "Look at BOT_CHAT_MODEL, BOT_CHAT_BASE_URL and BOT_CHAT_API_KEY; until it works, answers are "
    "quotes."
)
_CHAT_ADVICE = {
    "quota": "Look at the provider's account, or empty BOT_CHAT_MODEL: answers are quotes then.",
    "slow": "Raise BOT_CHAT_TIMEOUT, or choose a faster model.",
}


def embeddings_finding(settings: VectorstoreSettings) -> Finding:
    """Loads the model, which may download it, and embeds a word."""
    try:
        embeddings = load_embeddings(settings.embeddings, settings.model_cache)
        width = len(embeddings.embed_query("news"))
    except VectorstoreError as error:
        advice = "VECTORSTORE_EMBEDDINGS=bundled needs no download."
        return Finding("embedding model", "failed", str(error), advice)
    return Finding("embedding model", "ok", f"{embeddings.identity} works ({width} dimensions).")


def store_findings(settings: VectorstoreSettings) -> Iterator[Finding]:
    """The catalog's file; nothing is changed."""
    try:
        found = inspect(settings)
    except EmbeddingsMismatch as error:
        yield Finding("store", "failed", str(error))
        return
    except VectorstoreError as error:
        advice = "Stop the bot, keep a copy of the folder, and restore a backup of it."
        yield Finding("store", "failed", str(error), advice)
        return
    if found is None or not found.articles:
        told = f"There are no articles in {settings.path} yet."
        advice = "Add some: python -m ingest add FILE-OR-ADDRESS, or /ingest on Discord."
        yield Finding("store", "warning", told, advice)
        return
    if found.damage:
        told = f"The catalog {found.path} is damaged: {'; '.join(found.damage)}."
        advice = "Stop the bot, keep a copy of the folder, and restore a backup of it."
        yield Finding("store", "failed", told, advice)
        return
    told = f"{found.articles} articles, {found.passages} passages, schema {found.schema}"
    more = ", which the next start brings up to date." if found.behind else "."
    yield Finding("store", "ok", told + more)


def chat_finding(settings: BotSettings) -> Finding:
    """Asks the chat model for a word: of a paid one that costs a fraction of a cent."""
    name = settings.chat_model
    if not name:
        return Finding("chat model", "ok", "None is set: answers are quotes.")
    try:
        chat = open_chat_model(settings)
        assert chat is not None
        chat.start([HumanMessage("Answer with the word: ready")], chat.deadline()).text()
    except ConfigurationError as error:
        return Finding("chat model", "failed", str(error))
    except ChatModelError as error:
        advice = _CHAT_ADVICE.get(error.reason, _CHAT_SETTINGS)
        return Finding("chat model", "failed", f"{name}: {error}", advice)
    return Finding("chat model", "ok", f"{name} answers.")
