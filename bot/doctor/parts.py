"""What answers are made with, besides the articles: the embedding model, the chat model."""

from langchain_core.messages import HumanMessage

from bot.chat_model import open_chat_model
from bot.doctor.finding import Finding
from bot.errors import ChatModelError, ConfigurationError
from bot.settings import BotSettings
from vectorstore import VectorstoreError, VectorstoreSettings
from vectorstore.embeddings import load_embeddings

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
