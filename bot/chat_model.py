"""The chat model that the settings name, or none."""

from collections.abc import Callable
from typing import Any

from bot.answering.chat import ChatModel
from bot.errors import ConfigurationError
from bot.settings import BotSettings
from vectorstore.errors import because

_EXTRAS = ("openai", "ollama", "anthropic")


def open_chat_model(
    settings: BotSettings, failed: Callable[[str], None] = lambda reason: None
) -> ChatModel | None:
    """Build the chat model; nothing is sent yet. ``failed`` is told why it was of no use.

    Raises:
        ConfigurationError: no such provider, its package is missing, or it has no key.
    """
    if not settings.chat_model:
        return None
    provider, mark, name = settings.chat_model.partition(":")
    if not mark or not name:
        raise ConfigurationError(
            f"BOT_CHAT_MODEL is “{settings.chat_model}”; it is written provider:model, for "
            "instance openai:gpt-5-mini."
        )
    # A second to import: only with a chat model.
    from langchain.chat_models import init_chat_model

    try:
        model = init_chat_model(name, model_provider=provider, **_options(provider, settings))
    except ImportError as error:
        package = f"newsdesk[{provider}]" if provider in _EXTRAS else f"langchain-{provider}"
        raise ConfigurationError(
            f"The chat model “{settings.chat_model}” needs a package more: "
            f'pip install "{package.replace("_", "-")}".'
        ) from error
    except Exception as error:  # every provider has its own way to say that a key is missing
        raise ConfigurationError(
            f"The chat model “{settings.chat_model}” can't be used{because(error)}"
            f" Providers with an extra: {', '.join(_EXTRAS)}; BOT_CHAT_API_KEY sets a key."
        ) from error
    return ChatModel(model, settings.chat_timeout, failed)


def _options(provider: str, settings: BotSettings) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if settings.chat_base_url:
        options["base_url"] = settings.chat_base_url
    if provider == "ollama":
        # Its client takes no key and has its limits elsewhere.
        return options | {"client_kwargs": {"timeout": settings.chat_timeout}}
    if settings.chat_api_key and settings.chat_api_key.get_secret_value():
        options["api_key"] = settings.chat_api_key.get_secret_value()
    elif settings.chat_base_url and provider == "openai":
        # A server of one's own asks for none, but the client does.
        options["api_key"] = "none"
    # No second try: the quotes are there already, and the user waits.
    return options | {"timeout": settings.chat_timeout, "max_retries": 0}
