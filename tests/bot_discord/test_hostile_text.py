"""Articles, titles, names and questions that want to be read as something else."""

import re
import unicodedata

import pytest

from bot.answering.answerer import Answerer
from bot.answering.invisible import isolated, visible
from bot.citing import linked
from bot.escaping import escape
from bot.page_links import host_of, names_another_host, page_link
from bot.rendering import render
from bot.reports import code
from bot.splitting import CONTENT_LIMIT, EMBED_LIMIT
from bot.texts import words
from stand_in import Channel, DiscordServer, Permission, User
from tests.bot_discord.conftest import Run
from tests.bot_discord.examples import answer, citation
from tests.conftest import folder_of
from vectorstore import Vectorstore, VectorstoreSettings, open_catalog

EN = words("en")

INVISIBLE = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200c\u200d\u200e\u200f\u2060"
    "\u2064\ufeff\u00ad\u061c\u034f\u115f\u3164\U000e0041\U000e007f\x1b\x07\x7f\x9b"
)


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda c: f"U+{ord(c):04X}")
def test_nothing_is_shown_that_nobody_sees(character: str) -> None:
    hostile = f"The minister {character}did not resign."
    cite = citation(quote=hostile, title=hostile, site=hostile, url="https://x.example/a")
    for embeds in (True, False):
        replies = render(answer(text=escape(hostile), citations=(cite,)), EN, embeds=embeds)
        for reply in replies:
            shown = (reply.content or "") + "".join(str(e.description) for e in reply.embeds)
            assert character not in shown
    # What was stored is what is quoted.
    told = answer(citations=(cite,)).to_json()["citations"][0]
    assert told["quote"] == hostile


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",  # Persian, with its non-joiner
        "क्‍ष",
        "👩‍👩‍👧",
        "ישראל \u200fabc\u200e (2025)",
        "Grüße, naïve café — “quoted” … 5 °C\n\ttab",
    ],
)
def test_what_scripts_need_stays(text: str) -> None:
    assert visible(text) == text


def test_a_title_of_another_direction_keeps_to_itself() -> None:
    shown = linked("אתר 2025 חדשות", "https://x.example/a", EN)
    start, end = shown.index("\u2068"), shown.index("\u2069")
    assert start < end < shown.index("](<")
    assert isolated("Latin") == "Latin"


def test_a_heading_behind_a_space_without_width_is_none() -> None:
    assert escape("\u200b# Breaking") == "\\# Breaking"
    assert escape("\u2060> said nobody") == "\\> said nobody"
    assert "@everyone" not in escape("@\u200beveryone")
    assert "@everyone" not in escape("@\u2060every\u200bone")


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Read it at bbc.co.uk", "https://evil.example/a"),
        ("https://bank.example/login", "https://evil.example/a"),
        ("ввс.com: the news", "https://evil.example/a"),
        ("bank.example", "https://bank.example.evil.example/a"),
        ("bank.example", "https://notbank.example/a"),
        ("b\u200bank.example", "https://evil.example/a"),
    ],
)
def test_a_title_that_names_a_host_is_no_link_to_another(title: str, url: str) -> None:
    shown = linked(title, url, EN)
    [label] = re.findall(r"\[([^\[\]]*)\]\(<", shown)
    assert label == host_of(url)
    assert not shown.startswith("[")


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("The U.S. and Russia agree on 3.5 billion", "https://x.example/a"),
        ("What bank.example says", "https://www.bank.example/a"),
        ("www.bank.example", "https://bank.example/a"),
        ("Node.js and ASP.NET", "https://x.example/a"),
        ("He left.They stayed", "https://x.example/a"),
    ],
)
def test_other_titles_are_links(title: str, url: str) -> None:
    named = names_another_host(title, url)
    shown = linked(title, url, EN)
    # "Node.js" could be a host: then the link is beside it, and nothing is lost.
    assert shown.endswith(f"](<{url}>)")
    assert named == (not shown.startswith("["))


def test_a_host_of_look_alike_letters_is_shown_as_it_is_asked_for() -> None:
    assert page_link("https://аррӏе.com/a", "", 700) == "https://xn--80ak6aa92e.com/a"
    assert page_link("https://bücher.example:81/a?q=ü#x", "", 700) == (
        "https://xn--bcher-kva.example:81/a?q=ü#x"
    )
    assert host_of("https://BÜCHER.example/a") == "xn--bcher-kva.example"
    assert page_link("https://a..ü/", "", 700) == "https://a..%C3%BC/"


def test_a_name_of_a_file_shows_in_its_own_order() -> None:
    # "exe.pdf" with an override shows as "fdp.exe".
    assert code("report\u202efdp.exe") == "`reportfdp.exe`"


def test_oversized_everything_fits() -> None:
    huge = "\u202e" + "א[*_`@everyone]" * 5000
    cite = citation(quote=huge, title=huge, site=huge, url="https://x.example/" + "a" * 9000)
    for embeds in (True, False):
        for reply in render(answer(text=escape(huge), citations=(cite,) * 3), EN, embeds=embeds):
            assert len(reply.content or "") <= CONTENT_LIMIT
            for embed in reply.embeds:
                assert len(embed.description or "") <= EMBED_LIMIT


async def test_a_hostile_article_in_discord(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    store: Vectorstore,
) -> None:
    """From the upload to the answer, its sources, the offered titles and the list of articles."""
    assert channel.guild
    editor = server.add_member(channel.guild, "Ed", permissions=Permission.MANAGE_MESSAGES)
    title = "Fer\u202ery st\u200brike at bank.example \u2067@everyone"
    text = (
        f'---\ntitle: "{title}"\npublished: 2025-03-04\nurl: https://evil.example/a\n---\n'
        "The ferry strike on Ormsay ended on Monday\u202e after nine days, and @everyone may "
        "board\u2066 again [click](https://evil.example).\n"
    )
    async with run(Answerer(store.catalog, store.retriever)):
        file = ("fer\u202ery.md", text.encode())
        added = await server.user_command(channel, editor, "ingest", {"attachment": file})
        report = await added.wait_for_response(20, lambda m: "added: 1" in m.text)
        question = "When did the ferry strike on Ormsay end?"
        asked = await server.user_command(channel, alice, "ask", {"question": question})
        told = await asked.wait_for_response(10)
        listed = await server.user_command(channel, alice, "articles list")
        articles = await listed.wait_for_response(10)
    for message in (report, told, articles):
        hidden = {c for c in message.text if unicodedata.category(c) == "Cf"}
        # The space without width that keeps "@everyone" from being one is ours.
        assert hidden <= {"\u200b"}
        assert not message.pings
        assert "[click]" not in message.text
    assert "ended on Monday after nine days" in told.text
    assert "evil.example" in told.text
    [stored] = store_quotes(store)
    assert "\u202e" in stored


def store_quotes(store: Vectorstore) -> list[str]:
    """Opened anew: the bot has closed it."""
    folder = folder_of(store)
    catalog = open_catalog(VectorstoreSettings(_env_file=None, path=folder))
    try:
        return [row["text"] for row in catalog.query("SELECT text FROM passages")]
    finally:
        catalog.close()
