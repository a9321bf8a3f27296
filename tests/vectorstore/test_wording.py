"""What counts as the same words: what an editor does to wire copy, and nothing that it says."""

import pytest

from vectorstore import Passage, Span
from vectorstore.wording import covers, says, sentence_wordings, wording

VOTE = "The vote was carried by 412 of 530 members present, the union’s branch said on Tuesday."

SAME = [
    (VOTE, VOTE.upper()),
    (VOTE, VOTE.replace("’", "'").replace(",", " –").replace(" ", "\u00a0")),
    (VOTE, f"BREST, 14 April (Reuters) - {VOTE}"),
    (VOTE, f"BREST, France (AP) — {VOTE}"),
    (f"BREST (dpa) - {VOTE}", f"PARIS (AFP) – {VOTE}"),
    # Mended typos: a letter missing, twice, in its neighbour's place.
    (VOTE, VOTE.replace("carried", "caried")),
    (VOTE, VOTE.replace("members", "memmbers")),
    (VOTE, VOTE.replace("branch", "barnch")),
    ("“Nobody came,” Tardieu told reporters.", '"Nobody came", Tardieu told reporters.'),
    ("Der Hafen bleibt bis Freitag geschlossen.", "Der Hafen bleibt bis Freitag  geschlossen"),
    ("Порт останется закрытым до самой пятницы.", "Порт остантся закрытым до самой пятницы."),
    ("港は金曜日まで閉鎖される。", "港は金曜日まで閉鎖される"),
]

DIFFERENT = [
    # Numbers, in figures and words, signs, what they are of.
    (VOTE, VOTE.replace("412", "421")),
    (VOTE, VOTE.replace("412", "about 412")),
    (
        "It cost about eight million in all, the mayor told us.",
        "It cost about eighty million in all, the mayor told us.",
    ),
    (
        "It cost four million crowns in all, the mayor told us.",
        "It cost four billion crowns in all, the mayor told us.",
    ),
    (
        "The night brought -12 degrees to the whole valley.",
        "The night brought 12 degrees to the whole valley.",
    ),
    ("Prices rose by 3 % in the valley last year.", "Prices rose by 3 in the valley last year."),
    ("They will pay €40 for every ton of it.", "They will pay $40 for every ton of it."),
    ("La mairie a compté 1.5 million de visiteurs.", "La mairie a compté 15 million de visiteurs."),
    # Names, also by one letter.
    (VOTE, VOTE.replace("union’s", "council’s")),
    (
        "The envoy Steve Witkoff arrived there in the morning.",
        "The envoy Steve Witkof arrived there in the morning.",
    ),
    (
        "The talks between Iran and the others will go on there.",
        "The talks between Iraq and the others will go on there.",
    ),
    # Dates.
    (VOTE, VOTE.replace("Tuesday", "Thursday")),
    (
        "Il arrivera le 3 mars avec toute sa délégation.",
        "Il arrivera le 5 mars avec toute sa délégation.",
    ),
    # What was said, by whom, and how sure it is.
    (VOTE, VOTE.replace("was carried", "was not carried")),
    (VOTE, VOTE.replace("was", "will be")),
    (VOTE, VOTE.replace("carried", "rejected")),
    ("Er wurde am Montag vom Parlament gewählt.", "Er würde am Montag vom Parlament gewählt."),
    ("Le ministre déclare que le pont est fermé.", "Le ministre a déclaré que le pont est fermé."),
    (
        "The minister denied it and everything else.",
        "“The minister denied it” and everything else.",
    ),
    ("La ministre démissionne cette semaine ?", "La ministre démissionne cette semaine."),
    ("The hostage was brought home by the army.", "The hostages was brought home by the army."),
    ("The woman was brought home by the army.", "The women was brought home by the army."),
    (
        "The plan is possible in the end, the court said.",
        "The plan is impossible in the end, the court said.",
    ),
    # Too short for a typo to be told from another word.
    ("Voters trusted Brandt.", "Voters tursted Brandt."),
    # A part of what was said.
    (VOTE, VOTE.removesuffix(", the union’s branch said on Tuesday.")),
    ("The bridge closes, if the council agrees.", "The bridge closes."),
    # A name in parentheses is no agency.
    ("Putin (Russia) - will go there.", "Trump (United States) - will go there."),
    # Another language.
    ("The port will be closed until Friday.", "Le port sera fermé jusqu’à vendredi."),
    # Scripts without spaces and cases have no typos that could be told.
    ("港は金曜日まで閉鎖されない。", "港は金曜日まで閉鎖される。"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one: str, other: str) -> None:
    assert wording(one).same_as(wording(other))
    assert wording(other).same_as(wording(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_not_the_same(one: str, other: str) -> None:
    assert not wording(one).same_as(wording(other))
    assert not wording(other).same_as(wording(one))


def passage(*sentences: str) -> Passage:
    spans, at = [], 0
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    return Passage(1, 0, " ".join(sentences), tuple(spans))


def test_a_passage_covers_another_that_was_trimmed() -> None:
    whole = sentence_wordings(passage("A ferry runs.", VOTE, "It is free."))
    trimmed = sentence_wordings(passage(VOTE.replace("carried", "caried"), "A ferry runs."))
    corrected = sentence_wordings(passage("A ferry runs.", VOTE.replace("412", "421")))
    assert covers(whole, trimmed)
    assert not covers(trimmed, whole)
    assert not covers(whole, corrected)


def test_a_quote_is_whole_sentences_in_their_order() -> None:
    sentences = sentence_wordings(passage("He denied that.", "A ferry runs.", "It is free."))
    assert says(sentences, wording("A ferry runs."))
    assert says(sentences, wording("A ferry runs. It is free."))
    assert not says(sentences, wording("It is free. A ferry runs."))
    assert not says(sentences, wording("He denied that. It is free."))
    # What he denied is not what he said.
    assert not says(
        sentence_wordings(passage("He denied that a ferry runs.")), wording("A ferry runs")
    )
    assert not says(sentences, wording(""))
    assert not says([], wording("A ferry runs."))
