import pytest

from vectorstore.searchtext import clean, content_words, fold, grams, words


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("diplomatie de RussieMarco Rubio", "diplomatie de Russie Marco Rubio"),
        ("depuis février 2022Lorsque Poutine", "depuis février 2022 Lorsque Poutine"),
        ("McCain on YouTube in 2025", "McCain on YouTube in 2025"),
        ("a\0b\ud800c\u200bd", "a b c d"),
        ("ﬁve  Ⅻ\n\tpoints", "five XII points"),
    ],
)
def test_clean_parts_glued_words_and_drops_what_breaks_engines(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_folding_takes_case_and_accents_away() -> None:
    assert fold("Élysée STRASSE Straße Ёлка") == "elysee strasse strasse елка"


def test_unspaced_scripts_become_pairs() -> None:
    assert words("東京都で Tokyo") == ["東京", "京都", "都て", "tokyo"]
    assert words("雨") == ["雨"]


def test_content_words_leave_function_words_of_all_languages_out() -> None:
    assert content_words("Who attended the talks? Qui a participé aux talks?") == [
        "attended",
        "talks",
        "participe",
    ]


def test_war_is_a_word_of_english_not_only_of_german() -> None:
    assert "war" in content_words("When did the war begin?")


def test_grams_find_a_name_inside_a_glued_word() -> None:
    assert set(grams(["waltz"])) <= set(grams(["waltzet"]))
    assert grams(["abc"]) == []
