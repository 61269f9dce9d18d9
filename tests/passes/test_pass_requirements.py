"""Requirements are read as pip reads them, and normalised so that equal ones look equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from zencompile.passes.requirements import (
    BadLine,
    Contradiction,
    has_credentials,
    is_editable,
    join,
    lines,
    parse,
    provides,
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Scikit_Learn == 1.5.2", "scikit-learn==1.5.2"),
        ("pandas>=2,<3", "pandas<3,>=2"),
        ("uvicorn[standard,Watch]", "uvicorn[Watch,standard]"),
        ('tomli; python_version < "3.11"', 'tomli; python_version < "3.11"'),
        ("pkg @ https://host/pkg.whl", "pkg @ https://host/pkg.whl"),
        ("git+https://github.com/a/b.git@v1#egg=b", "b @ git+https://github.com/a/b.git@v1"),
        ("--extra-index-url=https://host/simple", "--extra-index-url https://host/simple"),
        ("-f https://host/wheels", "-f https://host/wheels"),
        ("a==1 --hash=sha256:00 --hash=sha256:11", "a==1 --hash=sha256:00 --hash=sha256:11"),
    ],
)
def test_normal_form(written, normal):
    """One way to write each line, which stays as it is when read again."""
    assert parse(written).text == normal
    assert parse(normal).text == normal


@pytest.mark.parametrize("text", ["scikit-learn=1.5", "-r base.txt", "-c x.txt", "./wheel.whl", "--pre yes", "a b c"])
def test_bad_lines(text):
    """What can't work in an image is refused with a reason."""
    with pytest.raises(BadLine):
        parse(text)


def test_comments_and_continuations():
    """Lines are what pip takes for lines; the index is where each begins."""
    text = ["# all", "pandas  # tables", "", "a==1 \\", "  --hash=sha256:00", "b#c", "z \\"]
    assert list(lines(text)) == [(1, "pandas"), (3, "a==1 --hash=sha256:00"), (5, "b#c"), (6, "z")]


def joined(*written):
    return [line.text for line in join([parse(text, i) for i, text in enumerate(written)])]


def test_lines_of_one_package_become_one():
    """Integrations and users name the same packages."""
    assert joined("pandas>=2.0.0", "numpy", "Pandas<3", "numpy", "numpy<3.0") == ["numpy<3.0", "pandas<3,>=2.0.0"]
    assert joined("pandas>=2.0.0", "pandas==2.2.3") == ["pandas==2.2.3"]
    assert joined("transformers[torch]", "transformers[vision]>4") == ["transformers[torch,vision]>4"]
    assert joined("--pre", "b", "a", "--pre") == ["--pre", "a", "b"]


def test_markers_keep_lines_apart():
    """Lines for different situations don't meet."""
    both = ['a==1; python_version < "3.11"', 'a==2; python_version >= "3.11"']
    assert joined(*both) == both


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a==1", "a==2"),
        ("a==1", "a>1"),
        ("a<2", "a>=2"),
        ("a<=1", "a>1"),
        ("a~=3.1", "a<3"),
        ("a @ https://h/1.whl", "a @ https://h/2.whl"),
        ("a==1 --hash=sha256:00", "a==1"),
    ],
)
def test_contradictions(one, other):
    """What no version satisfies is found, in either order."""
    for pair in ((one, other), (other, one)):
        with pytest.raises(Contradiction) as caught:
            joined(*pair)
        assert {caught.value.one.text, caught.value.other.text} == {one, other}


VERSIONS = st.sampled_from(["1", "1.5", "2", "2.1", "3"])
SPECIFIERS = st.builds("{}{}".format, st.sampled_from(["==", ">=", "<=", ">", "<", "!=", "~="]), VERSIONS).filter(
    lambda s: not s.startswith("~=") or "." in s
)


@given(SPECIFIERS, SPECIFIERS)
def test_joining_neither_gains_nor_loses_versions(one, other):
    """The joined line allows exactly what both allow; a contradiction allows nothing."""
    versions = [Version(v) for v in ("0.9", "1", "1.4", "1.5", "1.6", "2", "2.0.5", "2.1", "2.2", "3", "4")]
    allowed = [v for v in versions if v in SpecifierSet(one) and v in SpecifierSet(other)]
    try:
        (line,) = joined(f"a{one}", f"a{other}")
    except Contradiction:
        assert allowed == []
    else:
        assert [v for v in versions if v in Requirement(line).specifier] == allowed


def test_credentials_and_editables_are_seen():
    """A password in a URL is one, a variable is none; `-e .` is the project itself."""
    assert has_credentials("--extra-index-url https://me:hunter2@host/simple")
    assert not has_credentials("--extra-index-url https://me:${TOKEN}@host/simple")
    assert not has_credentials("pkg @ https://host:8080/a@b")
    assert [is_editable(t) for t in ("-e .", ".", ".[dev]", "-e ./lib", "a", "./a.whl")] == [True] * 4 + [False] * 2


def test_known_companions_count_as_provided():
    """pandas brings numpy; nothing brings what is not known."""
    assert provides(["pandas"], "numpy")
    assert provides(["numpy"], "numpy")
    assert not provides(["numpy"], "pandas")
