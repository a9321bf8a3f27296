"""What ``history``, ``diff`` and ``show --version`` tell of an article's versions."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ingest import console
from ingest.differences import Edit, FieldChange, edits, field_changes, segments
from ingest.errors import NothingToUndo
from ingest.plan import find_version
from vectorstore import Catalog, Passage, Version


def write_history(catalog: Catalog, article_id: str, as_json: bool) -> None:
    """One line, or object, a version, the oldest first."""
    before: list[Passage] = []
    for version in catalog.versions.of(article_id):
        passages = catalog.versions.passages(article_id, version.number)
        changes = edits(before, passages)
        paragraphs = len({passage.paragraph for passage in passages})
        if as_json:
            console.write_json(_version_json(version, paragraphs, changes))
        else:
            console.say(_version_line(version, paragraphs, changes))
        before = passages


def write_version(catalog: Catalog, version: Version, as_json: bool) -> None:
    """What ``show`` writes, of an earlier version."""
    passages = catalog.versions.passages(version.article.id, version.number)
    if as_json:
        told = console.whole_article_json(version.article, passages)
        console.write_json({**told, "version": version.number})
    else:
        console.say(f"version: {version.number}")
        console.write_whole_article(version.article, passages)


def write_difference(
    catalog: Catalog, article_id: str, one: int | None, other: int | None, as_json: bool
) -> None:
    """What differs between two versions; by default the last two, or one and the last.

    Raises:
        VersionUnknown: there is no such version, or no two of them.
    """
    versions = catalog.versions.of(article_id)
    if one is None and len(versions) < 2:
        raise NothingToUndo(versions[-1].article.title)
    old = versions[-2] if one is None else find_version(versions, one)
    new = versions[-1] if other is None else find_version(versions, other)
    before, after = (catalog.versions.passages(article_id, v.number) for v in (old, new))
    changes: list[Edit | FieldChange] = [*field_changes(old.article, new.article)]
    for change in [*changes, *edits(before, after)]:
        if as_json:
            console.write_json(change.to_json())
        else:
            _write_change(change)


def _version_json(version: Version, paragraphs: int, changes: Sequence[Edit]) -> dict[str, Any]:
    counts = Counter(change.kind for change in changes)
    return {
        **console.article_json(version.article),
        "version": version.number,
        "since": version.since,
        "until": version.until,
        "removed": version.removed,
        "restores": version.restores,
        "paragraphs": paragraphs,
        "changes": {kind: counts[kind] for kind in ("added", "changed", "removed", "moved")},
    }


def _version_line(version: Version, paragraphs: int, changes: Sequence[Edit]) -> str:
    counts = Counter(change.kind for change in changes)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in counts) or "same paragraphs"
    line = f"{version.number:>3}  {version.since}  {version.article.title}  "
    line += f"({paragraphs} paragraphs: {told}"
    if version.restores:
        line += f"; gives back version {version.restores}"
    return line + (f"; removed {version.until})" if version.removed else ")")


def _write_change(change: Edit | FieldChange) -> None:
    if isinstance(change, FieldChange):
        console.say(f"{change.field}: {change.before or '-'} → {change.after or '-'}")
        return
    number = change.paragraph_after or change.paragraph_before
    console.say(f"\n¶ {number} {change.kind}" + _was(change))
    if change.kind == "changed":
        console.say(_inline(change.before or "", change.after or ""))
    elif change.kind != "moved":
        console.say(_marked(change.before or "", change.after or ""))


def _was(change: Edit) -> str:
    was, now = change.paragraph_before, change.paragraph_after
    return f" (was ¶ {was})" if was and now and was != now else ""


def _inline(before: str, after: str) -> str:
    return "".join(
        piece.after if piece.same else _marked(piece.before, piece.after)
        for piece in segments(before, after)
    )


def _marked(before: str, after: str) -> str:
    """As ``git diff --word-diff`` writes it."""
    return (f"[-{before}-]" if before else "") + (f"{{+{after}+}}" if after else "")
