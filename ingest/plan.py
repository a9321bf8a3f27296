"""What storing an article would change, found out before anything is embedded."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.canonical import other_scheme, other_spellings
from ingest.differences import edits, field_changes
from ingest.document import Document
from ingest.errors import IngestError, NothingToUndo, VersionUnknown
from ingest.report import IngestReport, Outcome, success
from ingest.same_story import Preview, hashes, same_article, same_story, terms_of
from vectorstore import (
    Article,
    Catalog,
    Passage,
    PassageVectors,
    Version,
    article_id,
)
from vectorstore.article import Changes
from vectorstore.database import stamp
from vectorstore.rows import digest
from vectorstore.stories import Stories


@dataclass(frozen=True, slots=True)
class Plan:
    """An article, its passages, and what became of them so far."""

    article: Article
    passages: list[Passage]
    report: IngestReport
    """As it will be when the plan is carried out."""

    @property
    def writes(self) -> bool:
        return self.report.outcome in {"added", "updated"}


def article_of(
    catalog: Catalog,
    document: Document,
    source: str,
    audience: str,
    passages: Sequence[Passage],
    preview: Preview | None = None,
) -> Article:
    """The document, which has these passages, as an audience's article."""
    known = _known_article(catalog, source, audience, passages, preview)
    respelled = known is not None and known.source not in {source, other_scheme(source)}
    return Article(
        source=known.source if known else source,
        title=document.title,
        audience=audience,
        titled=document.titled,
        language=document.language,
        published=document.published,
        # Read now at one address and now at the other, it would change each time.
        url=known.url if known and respelled else document.url,
        site=document.site,
        author=document.author,
        modified=document.modified,
    )


def lost(
    catalog: Catalog, label: str, error: IngestError, audience: str
) -> tuple[Article, IngestReport] | None:
    """The article whose page is gone, marked so, with the report of it; None where the audience
    has none from there, or the page only can't be had now."""
    if error.page is None:
        return None
    ids = [article_id(audience, one) for one in (error.page, other_scheme(error.page))]
    there = catalog.articles_by_id(ids)
    known = next((there[one] for one in ids if one in there), None)
    if known is None:
        return None
    marked = replace(known, gone=known.gone or stamp())
    told = f"{error} The article stays as it was, marked as gone since {(marked.gone or '')[:10]}."
    return marked, replace(success(label, "failed", marked, 0, 0, 0), error=told, gone=marked.gone)


def note(catalog: Catalog, article: Article, read_as: str | None) -> None:
    """Note what the page or file of a stored article says now, where that is otherwise than it is
    noted; ``read_as`` names the file's content."""
    stored = catalog.article(article.id)
    if stored is None:
        return
    modified = article.modified or stored.modified
    known = read_as is None or catalog.article_read_as(article.audience, read_as) is not None
    if stored.gone or modified != stored.modified or not known:
        catalog.note(stored.id, modified, None, read_as)


def as_it_was(
    catalog: Catalog, label: str, read_as: str | None, audience: str
) -> IngestReport | None:
    """The report of a file that is to the byte what an article was read from; None where it is
    another, or has not been read yet."""
    found = read_as and catalog.article_read_as(audience, read_as)
    if not found or found[0].gone:
        return None
    return success(label, "unchanged", found[0], 0, 0, found[1])


def _known_article(
    catalog: Catalog,
    source: str,
    audience: str,
    passages: Sequence[Passage],
    preview: Preview | None,
) -> Article | None:
    """The article that an audience has from a source.

    Or from its http address where it is https now, or the other way round; or from another spelling
    of the address, but only where the text is mostly the same.
    """
    same = [article_id(audience, one) for one in (source, other_scheme(source))]
    others = [article_id(audience, one) for one in other_spellings(source)]
    there = catalog.articles_by_id([*same, *others])
    if preview:
        there |= {i: preview.articles[i][0] for i in (*same, *others) if i in preview.articles}
    if there and not there.keys() & set(same):
        like = Stories(catalog).like(terms_of(passages), audience)
        if preview:
            like += [other.id for other in preview.like(passages, audience)]
        same = [i for i in like if i in there]
    return next((there[i] for i in same if i in there), None)


def plan(
    catalog: Catalog,
    label: str,
    article: Article,
    passages: list[Passage],
    preview: Preview | None = None,
) -> Plan:
    """Compare an article with what is stored (or, in a dry run, would be)."""
    if preview and preview.articles.get(article.id) == (article, digest(passages)):
        return Plan(article, passages, success(label, "unchanged", article, 0, 0, len(passages)))
    if preview and article.id in preview.articles:
        return _previewed(label, article, passages, preview)
    old = catalog.article(article.id)
    if old is None:
        same = same_article(catalog, article, passages, preview)
        if same:
            return Plan(article, passages, success(label, "duplicate", same, 0, 0, 0))
        return _added(catalog, label, article, passages, preview)
    return _compared(catalog, label, old, article, passages)


def _previewed(label: str, article: Article, passages: list[Passage], preview: Preview) -> Plan:
    """What would be the second text of an article in one dry run."""
    before, after = preview.passages[article.id], hashes(passages)
    kept = (before & after).total()
    counts = after.total() - kept, before.total() - kept, kept
    report = success(label, "updated", article, *counts)
    old = preview.articles[article.id][0]
    return Plan(article, passages, replace(report, fields=tuple(field_changes(old, article))))


def _added(
    catalog: Catalog,
    label: str,
    article: Article,
    passages: list[Passage],
    preview: Preview | None = None,
) -> Plan:
    report = success(label, "added", article, len(passages), 0, 0)
    like = same_story(catalog, article, passages, preview)
    return Plan(article, passages, replace(report, same_story=like))


def find_version(versions: Sequence[Version], number: int) -> Version:
    """The version of a number among an article's; raises ``VersionUnknown``."""
    for version in versions:
        if version.number == number:
            return version
    last = versions[-1]
    raise VersionUnknown(last.article.title, number, last.number)


def restoration(catalog: Catalog, article_id: str, number: int | None) -> tuple[Plan, int]:
    """Bring back the version before, or the one of a number, whatever else there is; and which one
    that was at first.

    Raises:
        NothingToUndo: there is none before, or the article never was there.
        VersionUnknown: it has none of this number.
    """
    version = _restored(catalog, article_id, number)
    article = version.article
    passages = catalog.versions.passages(article_id, version.number)
    old = catalog.article(article_id)
    if old is None:
        return _added(catalog, article.source, article, passages), version.original
    return _compared(catalog, article.source, old, article, passages), version.original


def _restored(catalog: Catalog, article_id: str, number: int | None) -> Version:
    known = catalog.versions.of(article_id)
    if number is not None and known:
        return find_version(known, number)
    before = catalog.versions.before(article_id)
    if before is None:
        raise NothingToUndo(known[-1].article.title if known else article_id)
    return before


def _compared(
    catalog: Catalog, label: str, old: Article, article: Article, passages: list[Passage]
) -> Plan:
    stored = catalog.passages_of(article.id)
    if old == article and _places(stored) == _places(passages):
        return Plan(article, passages, success(label, "unchanged", article, 0, 0, len(passages)))
    new_texts = Counter(p.text for p in passages)
    kept = (new_texts & Counter(p.text for p in stored)).total()
    counts = len(passages) - kept, len(stored) - kept, kept
    report = success(label, "updated", article, *counts)
    told = replace(
        report,
        edits=tuple(edits(stored, passages)),
        fields=tuple(field_changes(old, article)),
    )
    return Plan(article, passages, told)


def carried_out(planned: IngestReport, changes: Changes) -> IngestReport:
    """The report of what was done: another process may have stored the article in the meantime."""
    added, removed, unchanged = changes.added, changes.removed, changes.unchanged
    outcome: Outcome = "updated"
    if added and not removed and not unchanged:
        outcome = "added"
    elif not added and not removed and (planned.added or planned.removed):
        # A plan to change no passage is one to change the metadata.
        outcome = "unchanged"
    return replace(planned, outcome=outcome, added=added, removed=removed, unchanged=unchanged)


def reusable(
    catalog: Catalog, article: Article, passages: Sequence[Passage]
) -> dict[str, PassageVectors]:
    """Vectors of passages that are embedded already, by text.

    None of them when the title that was embedded with them is another one; a passage that would be
    split into other sentences than it was is left out.
    """
    known = _embedded(catalog, article, passages)
    vectors = catalog.vectors_by_text(article.id) if known else {}
    return {text: vectors[text] for text in known if text in vectors}


def unembedded(
    catalog: Catalog, article: Article, passages: Sequence[Passage]
) -> Iterable[Passage]:
    """What has to be embedded to store an article, as things are now: each text once."""
    if catalog.article(article.id) is None and same_article(catalog, article, passages, None):
        return ()
    known = _embedded(catalog, article, passages)
    return {p.text: p for p in passages if p.text not in known}.values()


def _embedded(catalog: Catalog, article: Article, passages: Sequence[Passage]) -> set[str]:
    """The texts of passages whose vectors the catalog has."""
    old = catalog.article(article.id)
    if old is None or _embedded_title(old) != _embedded_title(article):
        return set()
    sentences = {p.text: p.sentences for p in catalog.passages_of(old.id)}
    return {p.text for p in passages if sentences.get(p.text) == p.sentences}


def marks(source: str, passages: Sequence[Passage], audiences: Iterable[str]) -> frozenset[str]:
    """What two articles that may be one in the end have in common, whichever is stored first."""
    places = source, other_scheme(source), *other_spellings(source)
    ids = {article_id(audience, place) for audience in audiences for place in places}
    return frozenset((*ids, digest(passages)))


def _embedded_title(article: Article) -> str | None:
    return article.title if article.titled else None


def _places(passages: Sequence[Passage]) -> list[tuple[object, ...]]:
    return [(p.paragraph, p.start, p.text, p.sentences) for p in passages]
