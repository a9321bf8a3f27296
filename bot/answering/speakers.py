"""Whether the one whose words a question asks for speaks in the evidence.

"What did the captain tell the police?" is near to "The captain was tested for alcohol, police
said": the captain is there, words of somebody are there, and nothing that the captain said.
"""

from collections.abc import Sequence

from bot.answering.claimants import claimant_of, is_proper_name
from bot.answering.claims import Attribution, attributions, goes_on
from bot.answering.cues import cues
from bot.answering.evidence import Sentence
from bot.answering.lexicon import concepts, notions
from bot.answering.names import CAPITALISES_NOUNS, country, mentions
from bot.answering.question import Question
from bot.answering.vocabulary import Vocabulary
from vectorstore.searchtext import fold, function_words, words

_MOST_WORDS = 4
_WORDS_BEFORE = 8
_WORDS_AFTER = 6
# How somebody reacted need not be words.
_REACTS = ("react", "reag", "reak", "реаг")
# With these a question asks for something else that was said.
_OTHER = frozenset({"who", "when", "where", "why", "how_many", "how_long", "how_old", "money"})


def speaker(question: Question) -> tuple[str, ...]:
    """The folded words for the one whose words are asked for: the first words side by side that
    carry a subject, or of those before the verb the first that are a name ("what route does Smith
    think …"); none where nobody's words are asked for."""
    if "said" not in question.asks or question.asks & _OTHER:
        return ()
    if any(term.startswith(_REACTS) for term in question.terms):
        return ()
    known = cues(question.language)
    skipped = function_words() | known.vague
    runs: list[list[str]] = [[]]
    before = 0
    for word in words(question.text):
        if known.asks["said"].fullmatch(word):
            before = before or len(runs)
        if word in skipped or known.asks["said"].fullmatch(word):
            runs.append([])
        else:
            runs[-1].append(word)
    named = {fold(name) for name in question.names}
    by_name = [run for run in runs[:before] if named.intersection(run)]
    run = next((run for run in [*by_name, *runs] if run), [])
    return tuple(run[:_MOST_WORDS])


def says_nothing(
    question: Question, chosen: Sequence[Sentence], ranked: Sequence[Sentence]
) -> bool:
    """Whether the paragraphs of the chosen sentences tell no words of the one asked about."""
    asked = speaker(question)
    if not asked:
        return False
    places = {s.place[:2] for s in chosen}
    return not any(
        _speaks(asked, question, s, _around(s, ranked)) for s in ranked if s.place[:2] in places
    )


def _around(sentence: Sentence, ranked: Sequence[Sentence]) -> str:
    """The sentence's paragraph and those beside it, where "the president" has a name."""
    article, paragraph, _ = sentence.place
    texts = {
        s.document.metadata["passage_id"]: s.document.page_content
        for s in ranked
        if s.place[0] == article and abs(s.place[1] - paragraph) <= 1
    }
    return " ".join(texts.values())


def _speaks(asked: tuple[str, ...], question: Question, sentence: Sentence, around: str) -> bool:
    passage, begin = sentence.document.page_content, int(sentence.document.metadata["start"])
    before, after = passage[: sentence.start - begin], passage[sentence.end - begin :]
    told = attributions(sentence.text, sentence.language)
    if not told and not goes_on(before, sentence.language):
        return False
    claimant = claimant_of(sentence.text, sentence.language, before, after)
    if not claimant:
        if _named(asked, question, sentence.text, sentence.language):
            beside = " ".join(_beside(sentence.text, a) for a in told) or sentence.text
            return _named(asked, question, beside, sentence.language)
        return _named(asked, question, around, sentence.language)
    if _named(asked, question, claimant, sentence.language):
        return True
    # Somebody else speaks: who is named beside the asked one, or has a name of their own. But
    # "the company" may be the one.
    if is_proper_name(claimant, sentence.language, sentence.text):
        return _is_role(asked, question) and _named(asked, question, around, sentence.language)
    if _named(asked, question, sentence.text, sentence.language):
        return False
    return _named(asked, question, around, sentence.language)


def _beside(text: str, told: Attribution) -> str:
    """The words near what attributes, where its subject stands."""
    if told.kind == "quotation":
        return text
    before, after = text[: told.start].split(), text[told.end :].split()
    return " ".join([*before[-_WORDS_BEFORE:], *after[:_WORDS_AFTER]])


def _named(asked: tuple[str, ...], question: Question, text: str, language: str) -> bool:
    """Whether a text has the words for somebody, as far as another language's can be known."""
    known = Vocabulary.of(text)
    found = set(words(text))
    telling = [w for w in asked if language == question.language or _known_elsewhere(w, question)]
    return not telling or any(known.has(w) or mentions(w, found) for w in telling)


def _known_elsewhere(word: str, question: Question) -> bool:
    named = {fold(name) for name in question.names}
    return bool(notions(word) or concepts(word) or country(word) or word in named)


def _is_role(asked: tuple[str, ...], question: Question) -> bool:
    """Whether somebody is asked about by what they are, not by name."""
    named = {fold(name) for name in question.names}
    if question.language in CAPITALISES_NOUNS:
        return any(notions(word) or concepts(word) for word in asked)
    return not any(word in named and not country(word) for word in asked)
