"""Generated calls of what the prelude models: with arguments too many, of wrong types, odd, huge, and lazily made."""

from __future__ import annotations

import builtins
import importlib
import tempfile
from pathlib import Path

import prelude_names
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prelude_rows import SETUP, Row, compare, differs

_TEXTS = st.text(max_size=6).filter(lambda text: "\x00" not in text).map(repr)
_NUMBERS = st.one_of(
    st.integers(-9, 9).map(repr),
    st.sampled_from(["10**20", "-2**63", "True", "-0.0", "float('nan')", "float('inf')", "1e-300", "1j", "0.1"]),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
)
_SCALARS = st.one_of(
    _NUMBERS,
    _TEXTS,
    st.binary(max_size=4).map(repr),
    st.sampled_from(["None", "'%Y-%m'", "'a,b'", "'YWI='", "'2024-01-02'", "...", "'\\ud800'"]),
)
_CONTAINERS = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(lambda items: f"({', '.join(items)}{',' if items else ''})"),
        st.lists(st.tuples(_TEXTS, inner), max_size=2).map(lambda ps: f"{{{', '.join(f'{k}: {v}' for k, v in ps)}}}"),
        st.lists(st.integers(0, 99).map(repr), min_size=1, max_size=4).map(lambda ns: f"{{{', '.join(ns)}}}"),
    ),
    max_leaves=4,
)
_OBJECTS = st.sampled_from(
    [
        "P(3)", "Color.RED", "Point(1, 2)", "lambda x: x", "lambda x, y: (x, y)", "lambda: 1", "int", "str", "len",
        "iter([1, 2])", "(i for i in 'ab')", "range(4)", "Path('a/b.c')", "Decimal('1.5')", "Fraction(1, 3)",
        "date(2024, 2, 29)", "timedelta(days=1)", "uuid.UUID(int=5)", "collections.Counter('aab')",
        "collections.deque([1, 2])", "collections.OrderedDict(a=1)", "re.compile('a')", "slice(1, 3)",
        "bytearray(b'q')", "ValueError('x')", "datetime.timezone.utc", "Version(1)",
    ]
)  # fmt: skip
_ARGUMENTS = st.one_of(_CONTAINERS, _OBJECTS)
_KEYWORDS = st.sampled_from(["key=len", "reverse=True", "default=0", "start=1", "strict=True", "maxlen=2", "sep='x'"])


def _names() -> list[str]:
    found = []
    for name in sorted(set(prelude_names.modelled()) - _SLOW - _KNOWN):
        module, _, last = name.rpartition(".")
        if name.startswith(tuple(f"{dotted}." for dotted in prelude_names.TYPES)):
            continue
        value = getattr(importlib.import_module(module or "builtins"), last, getattr(builtins, last, None))
        if callable(value) and not (isinstance(value, type) and issubclass(value, BaseException)):
            found.append(name)
    return found


_KNOWN = frozenset(["pathlib.PurePath", "pathlib.PurePosixPath"])  # there is one class of paths: see `faults.txt`
_SLOW = frozenset(
    [
        "math.comb", "math.perm", "math.factorial", "itertools.product", "statistics.quantiles",
        "contextlib.ContextDecorator", "contextlib.AbstractContextManager",
    ]
)  # fmt: skip
"""Functions that a number alone keeps busy for ever, in Python as well, and bases of classes that are no more."""

_ENDLESS = {"itertools.count": "list(itertools.islice({}, 3))", "itertools.cycle": "list(itertools.islice({}, 3))",
            "itertools.repeat": "list(itertools.islice({}, 3))"}  # fmt: skip
_RECEIVERS = [
    "'ab-c D'", "''", "'{} {a}'", "b'ab c'", "[3, 1, 2]", "['b', 1, [2]]", "(1, 'a', 1)", "{'a': 1, 'b': [2]}",
    "{1, 2, 3}", "frozenset({1, 5})", "(-7)", "0.5", "1j", "range(1, 10, 3)", "datetime.datetime(2024, 2, 29, 12)",
    "datetime.date(2024, 2, 29)", "datetime.timedelta(days=1)", "Path('a/b.tar.gz')", "Decimal('1.50')",
    "collections.deque([1, 2, 3], 3)", "collections.Counter('aab')", "collections.defaultdict(list, {'a': [1]})",
    "collections.OrderedDict(a=1, b=2)", "collections.ChainMap({'a': 1}, {'b': 3})", "re.compile('(a)|b')",
    "re.match('(?P<a>.)(x)?', 'ab')", "io.StringIO('a\\nb')", "string.Template('$a')",
    "types.MappingProxyType({'a': 1})",
]  # fmt: skip


def _methods(receiver: str) -> list[str]:
    scope: dict[str, object] = {}
    exec(SETUP, scope)
    value = eval(receiver, scope)
    kind = Path.__mro__[1] if isinstance(value, Path) else type(value)
    names = [name for name in dir(kind) if not name.startswith("_") and callable(getattr(value, name, None))]
    return [name for name in names if name not in ("now", "today", "timestamp", "astimezone", "strftime")]


_METHODS = [(receiver, name) for receiver in _RECEIVERS for name in _methods(receiver)]
_LISTED = st.tuples(st.lists(_ARGUMENTS, max_size=3), st.lists(_KEYWORDS, max_size=1)).map(
    lambda parts: ", ".join([*parts[0], *parts[1]])
)


def _call(name: str, arguments: str) -> Row:
    call = f"{name}({arguments})"
    return Row(name, _ENDLESS.get(name, "list({})" if name.startswith("itertools.") else "{}").format(call))


def _method_call(method: tuple[str, str], arguments: str) -> Row:
    receiver, name = method
    return Row(name, f"x = {receiver}; [x.{name}({arguments}), x]")


def _hold(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wrong = [
            f"{row.source}\n    Python: {wanted}\n    here:   {found}"
            for row, wanted, found in compare(Path(folder), rows)
            if differs(wanted, found)
        ]
    assert not wrong, "\n" + "\n".join(wrong)


_SETTINGS = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],  # the wrong rows of a program are told apart: nothing is to be shrunk
)


@_SETTINGS
@given(st.lists(st.builds(_call, st.sampled_from(_names()), _LISTED), min_size=20, max_size=40))
def test_generated_calls_are_as_in_python_or_unknown(rows: list[Row]) -> None:
    """Functions and types of the prelude."""
    _hold(rows)


@_SETTINGS
@given(st.lists(st.builds(_method_call, st.sampled_from(_METHODS), _LISTED), min_size=20, max_size=40))
def test_generated_method_calls_are_as_in_python_or_unknown(rows: list[Row]) -> None:
    """Methods, and what they leave of the object."""
    _hold(rows)
