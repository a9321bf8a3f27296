"""Follow-ups: a question that leans on the one before ("And who else?") gets its subject.

Without a chat model nothing is rewritten: the words of the last question that carry its subject are
put behind the new one, so that retrieval and scoring see them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering.answer import Answer, Citation
from bot.answering.context import SAME_STATEMENT
from bot.answering.cues import cues, folded_text
from bot.answering.evidence import Sentence
from bot.answering.names import (
    CAPITALISES_NOUNS,
    countries_in,
    name_groups,
    proper_names,
    same_name,
)
from bot.answering.question import MAX_CHARACTERS, Question, read_question
from ingest.language import UNKNOWN
from vectorstore.searchtext import clean, fold, function_words, words

# Of its own, a question with a name and so many words of a subject needs no other: "And when does
# Zelensky arrive in Riyadh?"
_SELF_CONTAINED = 3
# A person's last few questions are one subject; before that it was perhaps another.
TURNS = 6
_NAMES_OF_ANSWER = 2
# What a sentence gains whose article was cited before, or gave the answer before, in the units of
# the evidence's scores.
_CITED_BEFORE = 0.6
_ANSWERED_BEFORE = 3.0
_ASKS_NOTHING = frozenset({"leans_back", "points_back", "more"})
_TIMES = frozenset({"past", "future"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what it got."""

    question: str
    answer: Answer


def follows(question: Question, language: str | None = None) -> bool:
    """Whether a question can't be understood without the one before.

    ``language`` is that of the conversation; a question as short as "Et où ?" is read in it too.
    """
    return any(_follows(question, one) for one in {question.language, language or UNKNOWN})


def _follows(question: Question, language: str) -> bool:
    asks = cues(language).asked(question.text)
    if "points_back" in asks and not _named_before_pronoun(question, language):
        return True
    if not question.terms:
        return True
    named = bool(question.names) and len(question.terms) >= _SELF_CONTAINED
    return "leans_back" in asks and not named


def _named_before_pronoun(question: Question, language: str) -> bool:
    """Whether a pronoun can mean somebody whom the question itself names."""
    folded = folded_text(question.text)
    pronoun = cues(language).asks["points_back"].search(folded)
    names = {fold(name) for name in proper_names(question.text)}
    before = folded[: pronoun.start()] if pronoun else folded
    return bool(names & set(before.split()))


def leaned_on(question: Question, conversation: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns that a question can't be understood without, the oldest first; mostly none."""
    found: list[Turn] = []
    for turn in reversed(conversation[-TURNS:]):
        if not follows(question, turn.answer.language):
            break
        found.insert(0, turn)
        question = read_question(turn.question)
    return tuple(found)


def carried(question: Question, turns: Sequence[Turn]) -> Question:
    """The question with the subject of the turns that it leans on.

    It keeps its language where that is told, else it has that of the conversation.
    """
    language = _language(question, turns[-1].answer.language)
    own = cues(language).asked(question.text)
    # "And in Ukraine?" asks what was asked before.
    asked_before = "" if own - _ASKS_NOTHING else f"{turns[-1].question} "
    subject = ", ".join(_subject(turns, pronoun="points_back" in own))
    whole = f"{asked_before}{question.text} {subject}"[:MAX_CHARACTERS]
    # Only of itself a question asks for more.
    asks = (cues(language).asked(whole) - _ASKS_NOTHING) | (own & _ASKS_NOTHING)
    if not own & _TIMES:
        # "And when?" after "Who took part?" is still about what happened.
        asks |= cues(language).asked(turns[-1].question) & _TIMES
    return replace(read_question(whole), language=language, asks=asks)


def _language(question: Question, spoken: str) -> str:
    """ "When?" is in the language of the conversation if it can be."""
    if cues(spoken).asked(question.text) or question.language == UNKNOWN:
        return spoken
    return question.language


def _subject(turns: Sequence[Turn], *, pronoun: bool) -> list[str]:
    """What the first turn is about, in its own words, and whom the later ones name.

    A pronoun may also mean somebody whom only the answer names.
    """
    first = turns[0]
    runs = [" ".join(group) for turn in turns[1:] for group in name_groups(turn.question)]
    runs += _content_runs(first.question)
    if pronoun and not any(name_groups(turn.question) for turn in turns):
        runs += _names_of(first.answer)
    return list({fold(run): run for run in runs}.values())


def _content_runs(text: str) -> list[str]:
    """The words of a text that carry a subject, those side by side together."""
    runs: list[list[str]] = [[]]
    for word in clean(text).split():
        bare = word.strip(".,;:!?¿¡«»“”\"'()[]…")
        if all(part in function_words() for part in words(bare)):
            runs.append([])
        else:
            runs[-1].append(bare)
    return [" ".join(run) for run in runs if run]


def _names_of(answer: Answer) -> list[str]:
    """Whom or what the best quote of an answer names."""
    if not answer.citations:
        return []
    best = max(answer.citations, key=lambda citation: citation.score)
    if best.language in CAPITALISES_NOUNS:
        return []
    return [" ".join(group) for group in name_groups(best.quote)][:_NAMES_OF_ANSWER]


def preferred(
    question: Question, ranked: Sequence[Sentence], turns: Sequence[Turn]
) -> list[Sentence]:
    """The sentences as a follow-up weighs them, best first.

    Those of articles that were cited before gain a little; for "who else" what was cited is left
    out, and what only names the same people again.
    """
    if not turns:
        return list(ranked)
    cited = [citation for turn in turns for citation in turn.answer.citations]
    gains = {citation.article_id: _CITED_BEFORE for citation in cited}
    known = {name for turn in turns for name in words(turn.question)}
    # "And in Ankara?" may be told elsewhere.
    if cited and all(fold(name) in known for name in question.names):
        gains[max(cited, key=lambda citation: citation.score).article_id] = _ANSWERED_BEFORE
    weighed = [replace(s, score=s.score + gains.get(s.place[0], 0.0)) for s in ranked]
    if "more" in question.asks:
        weighed = [s for s in weighed if _is_new(question, s, cited, ranked)]
    return sorted(weighed, key=lambda s: -s.score)


def _is_new(
    question: Question, sentence: Sentence, cited: Sequence[Citation], ranked: Sequence[Sentence]
) -> bool:
    told = [s for s in ranked if any(_quoted(s, citation) for citation in cited)]
    if any(_quoted(sentence, citation) for citation in cited):
        return False
    if any(float(sentence.vector @ other.vector) > SAME_STATEMENT for other in told):
        return False
    if "who" not in question.asks:
        return True
    known = {name for citation in cited for name in words(citation.quote)}
    return any(not any(same_name(name, other) for other in known) for name in _people(sentence))


def _quoted(sentence: Sentence, citation: Citation) -> bool:
    same = sentence.place[:2] == (citation.article_id, citation.paragraph)
    return same and sentence.start < citation.end and citation.start < sentence.end


def _people(sentence: Sentence) -> list[str]:
    """Last words of names that are a person's by their form: several words, no article before.

    In German, where nouns look the same and a title stands before the name, only several words.
    """
    text = clean(sentence.text)
    people = []
    for group in (group for group in name_groups(text) if len(group) > 1):
        written = re.search("[ -]".join(map(re.escape, group)), text)
        before = text[: written.start()].split() if written else []
        placed = bool(before) and fold(before[-1]) in function_words()
        german = sentence.language in CAPITALISES_NOUNS
        if (german or not placed) and not countries_in(" ".join(group)):
            people.append(group[-1])
    return people
