"""Whether the evidence states what is asked, word by word.

A near miss, "In which hotel did the delegations stay?", looks like a question that the articles
answer: the right names, the right event, sentences near in meaning. Only what is asked for is in no
sentence. So the question's words are looked for around the cited sentences and in their articles:
by stem where the languages agree, by notion (``lexicon``) in any language.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.answering.asked import calendar_words
from bot.answering.cues import cues
from bot.answering.evidence import Sentence
from bot.answering.lexicon import concepts, notions, related, telling_notions
from bot.answering.names import countries_in, country, exonyms, mentions
from bot.answering.question import Question
from bot.answering.selection import YEAR
from bot.answering.stated_numbers import stated_numbers
from bot.answering.vocabulary import Vocabulary
from vectorstore import Passage
from vectorstore.searchtext import fold, words

_SURE_WITHOUT_NAMES = 0.6
# Of two words, in any languages, their cosine by late interaction. Over the questions to tune on it
# lets through a few right answers that were refused for a word, and hardly a near miss.
_MEANS_THE_SAME = 0.68


def missing_subject(
    question: Question, chosen: Sequence[Sentence], passages: Sequence[Passage]
) -> bool:
    """Whether the question names somebody or some country that the cited articles don't.

    ``passages`` are all of these articles. Lenient where spelling can't tell: in an article of
    another language a name may be written otherwise or translated ("Mar del Norte"), so there one
    name of the question is enough, or a sentence that is near without any.
    """
    text = " ".join([*(p.text for p in passages), *_titles(chosen)])
    if _lacks_country(question, text) or _lacks_year(question, chosen, text):
        return True
    if _lacks_number(question, chosen, text):
        return True
    known = set(words(text))
    groups = [
        # Of "Hoover Dam", Hoover is the name.
        [name for name in group if not notions(fold(name))] or group
        for group in question.name_groups
        if not any(country(name) or fold(name) in calendar_words() for name in group)
    ]
    spoken = f" {' '.join(words(text))} "
    missing = [
        g
        for g in groups
        if not any(mentions(name, known) for name in g) and not _called_otherwise(g, spoken)
    ]
    if question.language in {s.language for s in chosen}:
        return bool(missing)
    if any(len(group) > 1 and not any(map(_translates, group)) for group in missing):
        return True
    sure = max(s.cosine for s in chosen) >= _SURE_WITHOUT_NAMES
    return bool(groups) and len(missing) == len(groups) and not sure


def _called_otherwise(group: Sequence[str], spoken: str) -> bool:
    """Whether a name of several words is there as another language has it: "Mar del Norte"."""
    phrase = " ".join(word for name in group for word in words(name))
    return any(f" {form} " in spoken for form in exonyms().get(phrase, ()))


def _translates(name: str) -> bool:
    """Whether a part of a name may be another word elsewhere: "North Sea", but not "Elon Musk"."""
    folded = fold(name)
    return bool(notions(folded) or related(folded) or country(folded))


def _lacks_year(question: Question, chosen: Sequence[Sentence], text: str) -> bool:
    """Whether the question is about a year that is none of the cited articles'."""
    asked = set(YEAR.findall(question.text))
    dates = [s.document.metadata.get("published") for s in chosen]
    if not asked or not all(dates):
        return False
    return not asked & {*YEAR.findall(text), *(str(date)[:4] for date in dates)}


def _lacks_number(question: Question, chosen: Sequence[Sentence], text: str) -> bool:
    """Whether the question has a number, "tram 3", that the article lacks, also in words."""
    asked = {Decimal(term) for term in question.terms if term.isdecimal() and not YEAR.match(term)}
    return bool(asked) and not asked & stated_numbers(text, chosen[0].language)


def unstated(
    question: Question,
    chosen: Sequence[Sentence],
    passages: Sequence[Passage],
    ranked: Sequence[Sentence],
) -> bool:
    """Whether the cited articles, which have these passages, lack what the question is about, or
    the one whose words it asks for. ``ranked`` are all sentences that were read."""
    titles = _titles(chosen)
    near_by = _around(chosen, passages)
    around = " ".join(p.text for p in near_by)
    leads = [p.text for p in passages if p.paragraph == 1]
    terms = _terms(question)
    near = Vocabulary.of(" ".join([around, *leads, *titles]))
    places = {(p.article_id, p.paragraph) for p in near_by}
    read = [s for s in ranked if s.place[:2] in places]
    if any(telling_notions(t) and not near.has(t) and not _meant(t, read) for t in terms):
        return True
    if _lacks_counted(question, chosen, passages):
        return True
    return "said" in question.asks and not _speaks(question, around)


def _meant(term: str, sentences: Sequence[Sentence]) -> bool:
    """Whether one of the sentences has a word that means nearly the same in its place."""
    return any(s.word_matches.get(term, 0.0) >= _MEANS_THE_SAME for s in sentences)


def _terms(question: Question) -> list[str]:
    """The question's words without its names and those that an answer need not repeat."""
    # German nouns look like names where the language was not recognised.
    names = {folded for name in question.names if not notions(folded := fold(name))}
    vague = cues(question.language).vague
    return [t for t in question.terms if t not in names and t not in vague and not country(t)]


def _around(chosen: Sequence[Sentence], passages: Iterable[Passage]) -> list[Passage]:
    """The cited paragraphs and those beside them."""
    places = {s.place[:2] for s in chosen}
    return [
        p for p in passages if any((p.article_id, p.paragraph + d) in places for d in (-1, 0, 1))
    ]


def _lacks_counted(
    question: Question, chosen: Sequence[Sentence], passages: Sequence[Passage]
) -> bool:
    """Whether no cited paragraph has what is to be counted: the goals of "how many goals"."""
    # The soldiers of "how many French soldiers".
    found = [word for word in cues(question.language).counted(question.text) if not country(word)]
    terms = _terms(question)
    # "How many evacuated people": one of the two is told. But the dockers who "were arrested": what
    # must be told by itself is no sign of them.
    every = [word for word in found if word in terms]
    counted = [word for word in every if not telling_notions(word)] or every
    if not found or found[0] not in terms or found[-1] in cues(question.language).vague:
        return False
    places = {s.place[:2] for s in chosen}
    text = " ".join(p.text for p in passages if (p.article_id, p.paragraph) in places)
    elsewhere = question.language not in {s.language for s in chosen}
    if elsewhere and not all(related(word) or concepts(word) for word in counted):
        return False
    told = Vocabulary.of(text)
    return not any(told.hints_at(word) for word in counted)


def _speaks(question: Question, text: str) -> bool:
    """Whether the one whose words are asked for is named in a text."""
    if _lacks_country(question, text):
        return False
    known = set(words(text))
    groups = question.name_groups[:1]
    return all(any(mentions(name, known) for name in group) for group in groups)


def _lacks_country(question: Question, text: str) -> bool:
    """Whether a country of the question is not in a text."""
    named = countries_in(text)
    return any((code := country(term)) and code not in named for term in question.terms)


def _titles(chosen: Sequence[Sentence]) -> set[str]:
    return {str(s.document.metadata["title"]) for s in chosen}
