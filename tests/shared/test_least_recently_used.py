"""A dict with a bound on values and on their bytes."""

import pytest

from sk_keras._shared.least_recently_used import LeastRecentlyUsed


def kept(max_bytes=100, max_values=None):
    """Make one of strings, a byte for each letter."""
    return LeastRecentlyUsed(len, max_bytes, max_values)


def test_what_was_not_used_for_longest_is_forgotten():
    values = kept(max_values=2)
    values.put("a", "1")
    values.put("b", "2")
    assert values.get("a") == "1"
    values.put("c", "3")
    assert [values.get(key) for key in "abc"] == ["1", None, "3"]
    assert len(values) == 2


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ([40, 40, 20], "abc"),
        ([40, 40, 21], "bc"),
        ([40, 40, 90], "c"),
        ([40, 40, 100], "c"),
        ([40, 101], ""),  # what is too large is not kept, nor what was before it
    ],
)
def test_no_more_bytes_are_kept(sizes, left):
    values = kept()
    for key, size in zip("abc", sizes, strict=False):
        values.put(key, size * "x")
    assert "".join(key for key in "abc" if values.get(key)) == left


def test_a_value_put_again_counts_once():
    values = kept()
    for size in (60, 70, 30):
        values.put("a", size * "x")
    values.put("b", 70 * "x")
    assert len(values) == 2
    values.clear()
    values.put("a", 100 * "x")
    assert len(values) == 1
