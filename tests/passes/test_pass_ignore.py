"""`.dockerignore` as Docker reads it."""

import pytest

from zencompile.passes.ignore import ignored


@pytest.mark.parametrize(
    ("text", "out", "kept"),
    [
        ("data", ["data", "data/a.csv", "data/x/y"], ["data2/a", "x/data"]),
        ("*.md", ["README.md"], ["docs/README.md"]),
        ("**/*.md", ["README.md", "docs/a/README.md"], ["README"]),
        ("*/temp*", ["a/temp", "a/temporary.txt"], ["temp", "a/b/temp"]),
        ("temp?", ["tempa", "temp1/x"], ["temp", "tempab"]),
        ("*\n!keep.py\n!src", ["other.py"], ["keep.py", "src/a.py"]),
        ("docs\n!docs/a.md", ["docs/b.md"], ["docs/a.md"]),
        ("!a\na", ["a"], ["b"]),
        ("# comment\n\n  /build/  ", ["build/x"], ["x", "# comment"]),
        ("a/**", ["a/b", "a/b/c"], ["b/a"]),
        ("**/cache", ["cache/x", "a/b/cache/x"], ["cached"]),
        ("[ab].py", ["a.py", "b.py"], ["c.py"]),
        ("a\\*", ["a*"], ["ab"]),
        ("a[", ["a["], ["a"]),
        ("", [], ["a"]),
    ],
)
def test_patterns(text, out, kept):
    """Each pattern keeps out what it says, and nothing else."""
    test = ignored(text)
    assert [path for path in out if not test(path)] == []
    assert [path for path in kept if test(path)] == []
