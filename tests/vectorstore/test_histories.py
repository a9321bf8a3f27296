"""Two histories of one article, whatever became of it in two stores."""

from hypothesis import given
from hypothesis import strategies as st

from vectorstore import Article, Passage, Span, Version
from vectorstore.histories import Edition, History, merged

_ARTICLE = Article("ferry", "Ferry")


def edition(number: int, text: str, since: int, until: int | None, *, removed: bool) -> Edition:
    passage = Passage(1, 0, text, (Span(0, len(text)),), article_id=_ARTICLE.id)
    times = [
        None if time is None else f"2025-01-{time:02}T00:00:00+00:00" for time in (since, until)
    ]
    version = Version(number, _ARTICLE, times[0] or "", times[1], removed, None)
    return Edition(version, (passage,))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to four versions with few different texts, so that many are the same."""
    days = sorted(draw(st.sets(st.integers(1, 12), min_size=2, max_size=5)))
    removed = draw(st.booleans())
    count = len(days) - 1
    return History(
        tuple(
            edition(
                *(n + 1, draw(st.sampled_from("AB")), days[n]),
                None if n == count - 1 and not removed else days[n + 1],
                removed=n == count - 1 and removed,
            )
            for n in range(count)
        )
    )


def texts(history: History) -> list[str]:
    return [one.passages[0].text for one in history.editions]


@given(mine=histories(), other=histories())
def test_merging_loses_nothing_and_a_second_time_changes_nothing(
    mine: History, other: History
) -> None:
    outcome, result = merged(mine, other)
    assert texts(result)[: len(mine.editions)] == texts(mine)
    numbers = [one.version.number for one in result.editions]
    assert numbers == sorted(set(numbers))
    assert all(one.version.until for one in result.editions[:-1])
    assert result.last.version.removed == (result.last.version.until is not None)
    if outcome == "updated":
        assert other.changed > mine.changed
        assert result.last.same_text(other.last)
        assert result.last.version.removed == other.last.version.removed
    else:
        assert result is mine
    again, same = merged(result, other)
    assert again == ("kept" if outcome == "kept" else "unchanged")
    assert same is result


@given(other=histories())
def test_an_empty_store_takes_it_as_it_is(other: History) -> None:
    assert merged(None, other) == ("added", other)
    assert merged(other, other) == ("unchanged", other)
