"""Which sentences answer, and whether the articles tell at all.

Retrieval scores tell an off-subject question from one that is on the subject, but not a *near
miss*: the right subject, the asked-for fact absent. So the evidence itself is checked for the kind
of thing that is asked for, and its articles for the names and countries of the question.
"""

import re
from collections.abc import Sequence

from langchain_core.documents import Document

from bot.answering.cues import cues
from bot.answering.evidence import Sentence
from bot.answering.names import countries_in, country, mentions
from bot.answering.question import Question
from vectorstore import Catalog
from vectorstore.searchtext import words

# Of the best passage, cosine + 0.2 · lexical share: below it a question is off the subject.
OFF_SUBJECT = 0.5
# Of the best sentence, its cosine: on XQuAD 97 to 99 % of the questions that have an answer are
# above, and a third of those are below whose paragraph is missing from the right article.
_NOT_STATED = 0.52
# "Hello?" and "thanks!" come a little near to everything. Without a word in common, so few words
# have to come nearer.
_FEW_WORDS = 2
_NOT_STATED_FEW_WORDS = 0.58
_SURE_WITHOUT_NAMES = 0.6
_MARGIN = 2.0
_MOST = 3
_MOST_OF_LIST = 6
_MOST_CONTINUATIONS = 3
_LOOKED_AHEAD = 4
_PARAGRAPHS_AHEAD = 2
_LISTS_CARRIED_ON = 2
# Cosine of two sentences that state the same, in one language or two.
_SAME_STATEMENT = 0.78
_NUMBER = re.compile(r"\d+")
# A question that takes an event for granted should be answered from reports of it where there are
# any, and one that asks what is expected from announcements.
_WRONG_TENSE = 1.2
# Kinds that leave no doubt whether a sentence has them.
_CHECKED = frozenset({"when", "how_many", "how_long", "how_old"})


def select(question: Question, ranked: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer, in reading order; none when the asked-for kind is missing."""
    weighed = sorted(ranked, key=lambda s: -_weight(question, s))
    if question.asks & _CHECKED:
        weighed = [s for s in weighed if s.has_asked and _near(weighed[0], s, question)]
    elif question.wants_list:
        weighed = [s for s in weighed if s.has_asked and _near(weighed[0], s, question)] or weighed
    if not weighed:
        return []
    best = weighed[0]
    if question.about_the_past:
        # What was announced is no evidence of what happened, and the other way round: either the
        # articles report it, or they only say what is expected.
        weighed = [s for s in weighed if _announces(s) == _announces(best)]
    most = _MOST_OF_LIST if question.wants_list else _MOST
    floor = _weight(question, best) - _MARGIN
    chosen: list[Sentence] = []
    for sentence in weighed:
        if len(chosen) == most or _weight(question, sentence) < floor:
            break
        if question.wants_list and not sentence.has_asked and chosen:
            continue
        if not any(_overlap(sentence, other) for other in chosen):
            chosen.append(sentence)
    if question.wants_list:
        more = continuations(question, chosen, ranked)[:_MOST_CONTINUATIONS]
    else:
        more = antecedents(chosen, ranked)
    return in_reading_order([*chosen, *more])


def antecedents(chosen: Sequence[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """The sentences just before those that begin with "He" or "These", in the same paragraph."""
    found: list[Sentence] = []
    for sentence in (s for s in chosen if cues(s.language).leans(s.text)):
        earlier = [
            s for s in ranked if s.place[:2] == sentence.place[:2] and s.end <= sentence.start
        ]
        if earlier:
            last = max(earlier, key=lambda s: s.start)
            if not any(_overlap(last, other) for other in [*chosen, *found]):
                found.append(last)
    return found


def continuations(
    question: Question, chosen: Sequence[Sentence], ranked: Sequence[Sentence]
) -> list[Sentence]:
    """Sentences that carry a list on: "Besides her, … is expected at these talks".

    They name others but not what they are asked about, so their own score is low. They stand just
    after a chosen sentence and are as certain as it.
    """
    by_place: dict[str, list[Sentence]] = {s.place[0]: [] for s in ranked}
    for sentence in sorted(ranked, key=lambda s: s.place):
        by_place[sentence.place[0]].append(sentence)
    found: list[Sentence] = []
    for start in chosen[:_LISTS_CARRIED_ON]:
        article = by_place[start.place[0]]
        following = article[article.index(start) + 1 :][:_LOOKED_AHEAD]
        for sentence in (s for s in following if _carries_on(question, start, s)):
            if not any(_overlap(sentence, other) for other in [*chosen, *found]):
                found.append(sentence)
    return found


def _carries_on(question: Question, start: Sentence, sentence: Sentence) -> bool:
    near = sentence.place[1] - start.place[1] <= _PARAGRAPHS_AHEAD
    alike = _announces(sentence) == _announces(start)
    points = cues(sentence.language).says_any("continues", sentence.text)
    announced = "future" in question.asks and _announces(sentence)
    return near and alike and sentence.has_asked and (points or announced)


def in_reading_order(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Articles in the order of their best sentence, each read from its top."""
    articles = list(dict.fromkeys(s.place[0] for s in sentences))
    return sorted(sentences, key=lambda s: (articles.index(s.place[0]), *s.place[1:]))


def off_subject(documents: Sequence[Document]) -> bool:
    """Whether no passage is near enough to be about the question's subject."""
    return not documents or float(documents[0].metadata["score"]) < OFF_SUBJECT


def not_stated(question: Question, ranked: Sequence[Sentence]) -> bool:
    """Whether no sentence means anything like the question."""
    few = len(question.terms) <= _FEW_WORDS and not any(s.lexical for s in ranked)
    nearest = max((s.cosine for s in ranked), default=0.0)
    return nearest < (_NOT_STATED_FEW_WORDS if few else _NOT_STATED)


def missing_subject(question: Question, chosen: Sequence[Sentence], catalog: Catalog) -> bool:
    """Whether the question names somebody or some country that the cited articles don't.

    Lenient where spelling can't tell: in an article of another language a name may be written
    otherwise or translated ("Mar del Norte"), so there one name of the question is enough, or a
    sentence that is near without any.
    """
    articles = {str(s.document.metadata["article_id"]): s.language for s in chosen}
    passages = [p.text for article in articles for p in catalog.passages_of(article)]
    text = " ".join([*passages, *(str(s.document.metadata["title"]) for s in chosen)])
    named = countries_in(text)
    if any((code := country(term)) and code not in named for term in question.terms):
        return True
    known = set(words(text))
    groups = [g for g in question.name_groups if not any(country(name) for name in g)]
    missing = [g for g in groups if not any(mentions(name, known) for name in g)]
    if question.language in articles.values():
        return bool(missing)
    sure = max(s.cosine for s in chosen) >= _SURE_WITHOUT_NAMES
    return bool(groups) and len(missing) == len(groups) and not sure


def _near(best: Sentence, sentence: Sentence, question: Question) -> bool:
    return _weight(question, sentence) > _weight(question, best) - _MARGIN


def _overlap(one: Sentence, other: Sentence) -> bool:
    """The same twice: as told by two articles, or within a correction that is quoted whole."""
    if one.text == other.text:
        return True
    if one.place[0] != other.place[0] and float(one.vector @ other.vector) > _SAME_STATEMENT:
        return _numbers(one) == _numbers(other)
    same_paragraph = one.place[:2] == other.place[:2]
    return same_paragraph and one.start < other.end and other.start < one.end


def _numbers(sentence: Sentence) -> set[str]:
    return set(_NUMBER.findall(sentence.text))


def _announces(sentence: Sentence) -> bool:
    return sentence.certainty == "expected"


def _weight(question: Question, sentence: Sentence) -> float:
    if question.about_the_past and _announces(sentence):
        return sentence.score - _WRONG_TENSE
    if "future" in question.asks and not _announces(sentence):
        return sentence.score - _WRONG_TENSE / 2
    return sentence.score
