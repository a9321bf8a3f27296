"""Whether the evidence states what is asked, word by word.

A near miss, "In which hotel did the delegations stay?", looks like a question that the articles
answer: the right names, the right event, sentences near in meaning. Only what is asked for is in no
sentence. So the question's words are looked for around the cited sentences and in their articles:
by stem where the languages agree, by notion (``lexicon``) in any language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.answering.cues import cues
from bot.answering.evidence import Sentence
from bot.answering.lexicon import notions, telling_notions
from bot.answering.names import countries_in, country, mentions
from bot.answering.question import Question
from vectorstore import Catalog, Passage
from vectorstore.searchtext import fold, words

_STEM = 5
# A question is unstated when its articles lack two of its words or more, and more than two
# thirds of them: some are always paraphrased.
_MOST_MISSING = 1
_MOST_MISSING_SHARE = 0.67


@dataclass(frozen=True, slots=True)
class _Text:
    words: frozenset[str]
    stems: frozenset[str]
    notions: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Text":
        found = frozenset(words(text))
        meant = frozenset().union(*(notions(word) for word in found))
        return cls(found, frozenset(word[:_STEM] for word in found), meant)

    def has(self, term: str) -> bool:
        return term[:_STEM] in self.stems or not self.notions.isdisjoint(notions(term))


def unstated(question: Question, chosen: Sequence[Sentence], catalog: Catalog) -> bool:
    """Whether the cited articles lack what the question is about, or the one that it quotes."""
    articles = {str(s.document.metadata["article_id"]) for s in chosen}
    passages = [p for article in articles for p in catalog.passages_of(article)]
    titles = {str(s.document.metadata["title"]) for s in chosen}
    around = " ".join(p.text for p in _around(chosen, passages))
    terms = _terms(question)
    near = _Text.of(" ".join([around, *titles]))
    if any(telling_notions(t) and not near.has(t) for t in terms):
        return True
    everywhere = _Text.of(" ".join([*titles, *(p.text for p in passages)]))
    same_language = question.language in {s.language for s in chosen}
    missing = [t for t in terms if (same_language or notions(t)) and not everywhere.has(t)]
    if len(missing) > max(_MOST_MISSING, _MOST_MISSING_SHARE * len(terms)):
        return True
    return "said" in question.asks and not _speaks(question, around)


def _terms(question: Question) -> list[str]:
    """The question's words without its names and those that an answer need not repeat."""
    names = {fold(name) for name in question.names}
    vague = cues(question.language).vague
    return [t for t in question.terms if t not in names and t not in vague and not country(t)]


def _around(chosen: Sequence[Sentence], passages: Iterable[Passage]) -> list[Passage]:
    """The cited paragraphs and those beside them."""
    places = {s.place[:2] for s in chosen}
    return [
        p for p in passages if any((p.article_id, p.paragraph + d) in places for d in (-1, 0, 1))
    ]


def _speaks(question: Question, text: str) -> bool:
    """Whether the one whose words are asked for is named in a text."""
    named = countries_in(text)
    if any((code := country(term)) and code not in named for term in question.terms):
        return False
    known = set(words(text))
    groups = question.name_groups[:1]
    return all(any(mentions(name, known) for name in group) for group in groups)
