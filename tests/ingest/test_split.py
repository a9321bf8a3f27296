"""Paragraphs to passages and sentences: offsets are exact, nothing is lost."""

import random

import pytest

from ingest.sentences import sentences
from ingest.split import split

PIECES = [
    *("The minister met Mr. Smith in the U.S. on Tuesday.", "He left!", "Why?", "« Oui. Non. »"),
    *("Am 18. Februar", "z.B. so", "(See p. 5. Also p. 6.)", "“We met. We talked.”", "J.-C."),
    *("部长星期二抵达利雅得。", "会谈持续了四个小时", "مرحبا بالعالم.", "😀", "\0", "…", "a" * 700),
    *("\n", "  ", "\u3000", "\xa0", ")", "«", "“", "1.", "2022Lorsque", "word " * 80),
]


@pytest.mark.parametrize("seed", range(60))
def test_passages_are_verbatim_and_complete(seed: int) -> None:
    chance = random.Random(seed)
    glue = chance.choice(["", " "])
    text = glue.join(chance.choices(PIECES, k=chance.randint(1, 40))).strip() + "x"
    passages = split([text], chance.choice(["en", "fr", "de", "zh", "und"]))
    covered = 0
    for passage in passages:
        end = passage.start + len(passage.text)
        assert text[passage.start : end] == passage.text == passage.text.strip()
        assert not text[covered : passage.start].strip()
        assert len(passage.text) <= 1200
        covered = end
        inside = 0
        for span in passage.sentences:
            sentence = passage.text[span.start : span.end]
            assert sentence
            assert sentence == sentence.strip()
            assert not passage.text[inside : span.start].strip()
            inside = span.end
        assert inside == len(passage.text)
    assert not text[covered:].strip()


def test_paragraphs_are_counted_from_one() -> None:
    assert [(p.paragraph, p.start) for p in split(["One.", "Two."], "en")] == [(1, 0), (2, 0)]


def test_what_has_no_letter_is_counted_but_no_passage() -> None:
    paragraphs = ["---", "One.", "* * *", "\u200b", "“…”", "2", "Две.", "二"]
    assert [(p.paragraph, p.text) for p in split(paragraphs, "en")] == [
        (2, "One."),
        (6, "2"),
        (7, "Две."),
        (8, "二"),
    ]


def test_a_long_paragraph_is_parted_at_sentence_ends() -> None:
    sentence = "The minister arrived in Riyadh on Tuesday for talks. "
    passages = split([(sentence * 40).strip()], "en")
    assert len(passages) == 2
    assert all(p.text.endswith("talks.") for p in passages)
    assert abs(len(passages[0].text) - len(passages[1].text)) < 2 * len(sentence)


def test_scripts_without_spaces_have_shorter_passages() -> None:
    passages = split(["部长星期二抵达利雅得。" * 100], "zh")
    assert max(len(p.text) for p in passages) <= 400


def test_a_hard_cut_is_made_at_a_space() -> None:
    [first, *_] = split(["word " * 600], "en")
    assert first.text.endswith("word")


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("en", "Mr. Smith met Dr. Jones at 5 p.m. on Tuesday.|He told me.|Then no.|No. 5 won."),
        ("en", "The U.S. Senate voted.|J. K. Rowling came.|Ask him, e.g. Tom, i.e. that."),
        ("en", "He said: “We met. We talked.”|Then he left (as planned. Or not).|End."),
        ("fr", "M. Lavrov a vu Mme. Dupont.|« Oui. Non. »|Le Dr. Ray, av. J.-C."),
        ("de", "Die 1. Sitzung am 18. Februar war z.B. lang.|Das ist bzw. war gut."),
        ("de", "„Wir gehen. Jetzt“, sagte er.|Dr. h.c. Müller kam."),
        ("es", "El Sr. López llegó, p. ej. ayer.|¿Qué dijo?|¡Nada!|La Sra. Gil, no."),
        ("ja", "「行きます。すぐに。」と言った。|次の文。"),
        ("zh", "他来了。|她走了！|为什么？"),
        ("und", "One came.|Two left."),
    ],
)
def test_sentences(language: str, marked: str) -> None:
    parts = marked.split("|")
    text = ("" if language in {"ja", "zh"} else " ").join(parts)
    assert [text[s.start : s.end] for s in sentences(text, language)] == parts


def test_a_long_quote_is_parted() -> None:
    text = "He said: “" + "We talked for two hours in the palace. " * 12 + "Good.” Then he left."
    found = [text[s.start : s.end] for s in sentences(text, "en")]
    assert max(map(len, found)) < 100
    assert found[-1] == "Then he left."


def test_unclosed_quotes_take_no_quadratic_time() -> None:
    assert sentences("« Bonjour. " * 20_000, "fr")
