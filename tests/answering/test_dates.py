"""Dates that a sentence tells from the day of its writing, in seven languages."""

from datetime import date, datetime

import pytest

from bot.answering.certainty import certainty_of
from bot.answering.date_words import date_languages, date_words
from bot.answering.dates import Resolved, day_of, resolve
from bot.answering.time_notes import recency, time_notes, written
from tests.bot_discord.examples import citation

# A Sunday.
PUBLISHED = date(2025, 2, 16)


def days(text: str, language: str, published: date | str | None = PUBLISHED) -> list[str]:
    """What is resolved, as "words = first" or "words = first/last"."""
    found = resolve(text, language, published, certainty_of(text, language))
    return [f"{r.words} = {span(r)}" for r in found]


def span(resolved: Resolved) -> str:
    first, last = resolved.first.isoformat(), resolved.last.isoformat()
    return first if first == last else f"{first}/{last}"


@pytest.mark.parametrize(
    ("language", "text", "resolved"),
    [
        ("en", "The envoy arrived on Saturday.", "Saturday = 2025-02-15"),
        ("en", "The envoy will arrive on Saturday.", "Saturday = 2025-02-22"),
        ("en", "She said on Friday that the bridge would close.", "Friday = 2025-02-14"),
        ("en", "She said that the bridge would close on Friday.", "Friday = 2025-02-21"),
        ("en", "The envoy arrived on Sunday.", "Sunday = 2025-02-16"),
        ("en", "The envoy arrived last Sunday.", "last Sunday = 2025-02-09"),
        ("en", "They meet next Tuesday.", "next Tuesday = 2025-02-18"),
        ("en", "They meet this Tuesday.", "this Tuesday = 2025-02-18"),
        ("en", "Saturday’s meeting ended early.", "Saturday = 2025-02-15"),
        ("en", "The mill closed yesterday.", "yesterday = 2025-02-15"),
        ("en", "Tomorrow the mill will close.", "Tomorrow = 2025-02-17"),
        ("en", "It closed the day before yesterday.", "the day before yesterday = 2025-02-14"),
        ("en", "It closed last week.", "last week = 2025-02-03/2025-02-09"),
        ("en", "It will close next month.", "next month = 2025-03-01/2025-03-31"),
        ("en", "It closed last year.", "last year = 2024-01-01/2024-12-31"),
        ("en", "It closed three days ago.", "three days ago = 2025-02-13"),
        ("en", "It closed two months ago.", "two months ago = 2024-12-01/2024-12-31"),
        ("en", "It will close in two weeks.", "in two weeks = 2025-02-24/2025-03-02"),
        ("en", "It closed on 3 January.", "3 January = 2025-01-03"),
        ("en", "It closed on December 30th.", "December 30th = 2024-12-30"),
        ("en", "It will reopen on 30 September.", "30 September = 2025-09-30"),
        ("fr", "Les ministres se sont parlé samedi.", "samedi = 2025-02-15"),
        ("fr", "Il est attendu samedi à Riyad.", "samedi = 2025-02-22"),
        ("fr", "Il est arrivé samedi dernier.", "samedi dernier = 2025-02-15"),
        ("fr", "Il arrivera mardi prochain.", "mardi prochain = 2025-02-18"),
        ("fr", "Le pont a fermé hier.", "hier = 2025-02-15"),
        ("fr", "Il rentrera après-demain.", "après-demain = 2025-02-18"),
        ("fr", "Il a voté aujourd’hui.", "aujourd’hui = 2025-02-16"),
        (
            "fr",
            "Ils se verront la semaine prochaine.",
            "la semaine prochaine = 2025-02-17/2025-02-23",
        ),
        ("fr", "Il est mort il y a trois jours.", "il y a trois jours = 2025-02-13"),
        ("fr", "Le pont rouvrira dans deux mois.", "dans deux mois = 2025-04-01/2025-04-30"),
        ("fr", "Il a fermé le 1er mars.", "1er mars = 2025-03-01"),
        ("es", "El ministro llegó el sábado.", "sábado = 2025-02-15"),
        ("es", "El ministro llegará el sábado.", "sábado = 2025-02-22"),
        ("es", "Llegó el pasado lunes.", "el pasado lunes = 2025-02-10"),
        ("es", "Llegó ayer.", "ayer = 2025-02-15"),
        ("es", "Llegará mañana por la mañana.", "mañana = 2025-02-17"),
        ("es", "Murió hace tres días.", "hace tres días = 2025-02-13"),
        ("es", "Se reunirán la semana que viene.", "la semana que viene = 2025-02-17/2025-02-23"),
        ("es", "Llegó el 12 de febrero.", "12 de febrero = 2025-02-12"),
        ("de", "Die Minister trafen sich am Samstag.", "Samstag = 2025-02-15"),
        ("de", "Der Minister wird am Samstag nach Riad reisen.", "Samstag = 2025-02-22"),
        ("de", "Sie kamen am vergangenen Dienstag.", "vergangenen Dienstag = 2025-02-11"),
        ("de", "Gestern kam er an, heute reist er ab.", "heute = 2025-02-16"),
        ("de", "Er reist morgen ab.", "morgen = 2025-02-17"),
        ("de", "Er kam vor drei Tagen.", "vor drei Tagen = 2025-02-13"),
        ("de", "Er kommt nächste Woche.", "nächste Woche = 2025-02-17/2025-02-23"),
        ("de", "Er kam am Samstagabend.", "Samstagabend = 2025-02-15"),
        ("de", "Er kam am Dienstag, dem 11. Februar.", "Dienstag, dem 11. Februar = 2025-02-11"),
        ("it", "I ministri si sono incontrati sabato.", "sabato = 2025-02-15"),
        ("it", "Il ministro arriverà sabato.", "sabato = 2025-02-22"),
        ("it", "È arrivato martedì scorso.", "martedì scorso = 2025-02-11"),
        ("it", "È arrivato ieri.", "ieri = 2025-02-15"),
        ("it", "È morto tre giorni fa.", "tre giorni fa = 2025-02-13"),
        (
            "it",
            "Si vedranno la settimana prossima.",
            "la settimana prossima = 2025-02-17/2025-02-23",
        ),
        ("pt", "O ministro chegou no sábado.", "sábado = 2025-02-15"),
        ("pt", "O ministro chegará na terça-feira.", "terça-feira = 2025-02-18"),
        ("pt", "O ministro chegou ontem.", "ontem = 2025-02-15"),
        ("pt", "Morreu há três dias.", "há três dias = 2025-02-13"),
        ("pt", "Chegou no mês passado.", "no mês passado = 2025-01-01/2025-01-31"),
        ("nl", "De ministers ontmoetten elkaar gisteren.", "gisteren = 2025-02-15"),
        ("nl", "De minister kwam zaterdag aan.", "zaterdag = 2025-02-15"),
        ("nl", "Hij kwam drie dagen geleden.", "drie dagen geleden = 2025-02-13"),
        ("nl", "Hij komt volgende week.", "volgende week = 2025-02-17/2025-02-23"),
    ],
)
def test_resolved(language: str, text: str, resolved: str) -> None:
    assert resolved in days(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The Sunday Times reported it."),
        ("en", "Shops opened early for Black Friday."),
        ("en", "He spoke to USA Today."),
        ("en", "Theresa May resigned."),
        ("en", "It opened on 18 February 2025 and closed on March 3, 2025."),
        ("en", "It closed on Tuesday 18 February 2025."),
        ("en", "He had arrived the day before."),
        ("en", "He left three days later."),
        ("en", "They meet every Saturday."),
        ("en", "He returned the following Monday."),
        ("en", "The house was built in three days."),
        ("en", "It closed more than three years ago."),
        ("en", "It was the last week of January."),
        ("en", "He put off the trip that he was to make on Wednesday."),
        ("en", "The ministers meet on Saturday and nobody knows why."),
        ("en", "They are expected to meet this week."),
        ("fr", "Il était arrivé la veille."),
        ("fr", "Le marché a lieu le samedi."),
        ("fr", "Il s’est passé quelque chose le mercredi 12 février 2025."),
        ("fr", "C’était le mardi gras."),
        ("fr", "La visite qu’il devait faire mercredi."),
        ("es", "Llegó de Santo Domingo."),
        ("es", "Salió a las tres de la mañana."),
        ("es", "Había llegado la víspera."),
        ("de", "Er schreibt für die Welt am Sonntag."),
        ("de", "Am Morgen regnete es."),
        ("de", "Am folgenden Montag kam er."),
        ("it", "È arrivato il giorno prima."),
        ("pt", "Foi a Segunda Guerra e a segunda parte."),
        ("sv", "Han kom i lördags."),
        ("und", "Saturday"),
        ("en", ""),
    ],
)
def test_left_as_it_is(language: str, text: str) -> None:
    assert days(text, language) == []


@pytest.mark.parametrize("published", [None, "", "soon", "2025", "16/02/2025"])
def test_nothing_is_told_from_no_day(published: str | None) -> None:
    assert days("It closed yesterday.", "en", published) == []


def test_the_catalog_has_days_and_times() -> None:
    for published in ("2025-02-16", "2025-02-16T23:30:00+01:00", datetime(2025, 2, 16, 23)):
        assert day_of(published) == PUBLISHED
        assert days("It closed yesterday.", "en", published) == ["yesterday = 2025-02-15"]


def test_the_weekday_beside_a_date_tells_its_year() -> None:
    # Of the 18ths of February about 2025, only that of 2025 is a Tuesday.
    assert days("It closed on Tuesday 18 February.", "en")[0].endswith("2025-02-18")
    assert days("It closed on Monday 18 February.", "en") == []
    assert days("It will close on 29 February.", "en", date(2023, 12, 1))[0].endswith("2024-02-29")


def test_every_language_has_all_its_names() -> None:
    for language in date_languages():
        words = date_words(language)
        assert words is not None
        assert set(words.weekdays.values()) == set(range(7))
        assert set(words.months.values()) == set(range(1, 13))
        assert [words.number(str(n)) for n in (1, 12)] == [1, 12]


def test_a_span_too_long_for_the_calendar_is_no_error() -> None:
    assert days("It sank 999 years ago.", "en")
    assert days("It sank 999 years ago.", "en", date(900, 1, 1)) == []


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "15 February 2025", "yesterday"),
        ("fr", "15 février 2025", "yesterday"),
        ("de", "15. Februar 2025", "yesterday"),
        ("sv", "15 February 2025", "yesterday"),
        ("en", "3–9 Feb 2025", "last week"),
        ("en", "January 2025", "last month"),
        ("es", "2024", "last year"),
    ],
)
def test_written_in_the_askers_language(language: str, text: str, said: str) -> None:
    [resolved] = resolve(f"It closed {said}.", "en", PUBLISHED)
    assert written(resolved, language) == text


def test_notes() -> None:
    quoted = citation(quote="It closed on\n*Saturday*.", published="2025-02-16")
    assert time_notes(quoted, "en", dated=True) == [
        "Saturday → 15 February 2025",
        "article of 16 February 2025",
    ]
    assert time_notes(quoted, "fr", dated=False) == ["Saturday → 15 février 2025"]
    undated = citation(quote="It closed on Saturday.", published=None)
    assert time_notes(undated, "en", dated=True) == ["undated article"]
    # The article's own date tells the year, unless it is another.
    assert time_notes(citation(quote="It closed on 3 February."), "en", dated=False) == []
    before = citation(quote="It closed on 30 December.")
    assert time_notes(before, "en", dated=False) == ["30 December → 30 December 2024"]


def test_recency_halves_in_a_week() -> None:
    assert recency("2025-02-16", PUBLISHED) == 1
    assert recency("2025-02-09T12:00:00", PUBLISHED) == 0.5
    assert recency(None, PUBLISHED) == 0
