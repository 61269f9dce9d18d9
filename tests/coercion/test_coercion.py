"""One table of annotations and values: every place that coerces gives the real framework's answer."""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.project import Project
from zencompile.frontend.values import EnumMember, Instance, Object
from zencompile.frontend.values.hints import coerced, hint_of
from zencompile_runtime.values.coerce import fit
from zencompile_runtime.values.mismatch import Mismatch

FOLDER = Path(__file__).parent
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

import coercion_table  # noqa: E402
import refresh  # noqa: E402

REFUSED = "refused"
LATER = "known only where it runs"
ANNOTATIONS = coercion_table.annotations()
VALUES = coercion_table.values()

# A member of an enum is taken for an integer, and stays the text that it has as its value: here it is refused.
TEXT_FOR_INTEGER = "str 'red'"

# To the compiler there is one class of paths.
ONE_CLASS_OF_PATHS = 'PurePath("b")'


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, str]]:
    """What the real framework makes of each pair that it takes."""
    found: dict[str, dict[str, str]] = json.loads(refresh.ANSWERS.read_text())
    return found


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """The names of a program with the table's imports."""
    return coercion_table.namespace()


def test_the_table_is_large() -> None:
    """Every kind of annotation meets every kind of value."""
    assert len(ANNOTATIONS) == len(set(ANNOTATIONS)) > 150
    assert len(VALUES) == len(set(VALUES)) > 200


def test_the_answers_are_the_frameworks(answers: dict[str, dict[str, str]], zenml_python: Path) -> None:
    """The stored answers are those that the real framework gives."""
    assert refresh.answers(str(zenml_python)) == answers


def _wanted(answers: dict[str, str], value: str) -> str:
    return answers.get(value, REFUSED)


def _is_left_out(wanted: str, got: str) -> bool:
    return got == REFUSED and TEXT_FOR_INTEGER in wanted


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_a_step_gets_the_frameworks_value(annotation: str, answers: Any, names: dict[str, Any]) -> None:
    """Where a step runs."""
    exec(compile(f"def called(value: {annotation}): ...", "table", "exec", dont_inherit=True), names)
    hint = typing.get_type_hints(names["called"], include_extras=True)["value"]
    different = []
    for value in VALUES:
        try:
            got = coercion_table.described(fit(eval(value, names), hint))
        except Mismatch:
            got = REFUSED
        wanted = _wanted(answers[annotation], value)
        if got != wanted and not _is_left_out(wanted, got):
            different.append(f"{value}: the framework {wanted}, here {got}")
    assert not different, "\n".join(different)


class Program:
    """The table as a program that is compiled: a function for each annotation, and the values."""

    def __init__(self, folder: Path) -> None:
        text = (FOLDER / "coercion_classes.py").read_text()
        (folder / "coercion_classes.py").write_text(text)
        functions = [f"def function_{index}(value: {one}): ..." for index, one in enumerate(ANNOTATIONS)]
        values = [f"VALUE_{index} = {one}" for index, one in enumerate(VALUES)]
        entry = folder / "main.py"
        entry.write_text("\n".join([coercion_table.IMPORTS, *functions, *values]))
        report = Report()
        self.evaluator = Evaluator(Project.of(entry, report, source_root=folder, working_directory=folder), report)
        self.module = self.evaluator.load(entry)
        assert not list(report.errors), [one.message for one in report.errors]

    def hint(self, annotation: str) -> Any:
        """An annotation, as the coercion reads it."""
        function: Any = self.evaluator.get(self.module, f"function_{ANNOTATIONS.index(annotation)}")
        context = self.evaluator.context(function.module, function.node)
        return hint_of(self.evaluator.annotation(function, "value"), context)

    def value(self, index: int) -> Any:
        """One of the values."""
        return self.evaluator.get(self.module, f"VALUE_{index}")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The table, compiled."""
    yield Program(tmp_path_factory.mktemp("table"))


def _described(value: Any) -> str:
    """A value of the program, as the table describes it."""
    if isinstance(value, EnumMember):
        return f"{value.class_.name}.{value.name}"
    if isinstance(value, Instance):
        return f"{value.class_.name}({', '.join(f'{k}={_described(one)}' for k, one in value.attributes.items())})"
    if isinstance(value, Object):
        return LATER
    kind = type(value).__name__
    if isinstance(value, dict):
        return f"{kind}{{{', '.join(f'{_described(k)}: {_described(v)}' for k, v in value.items())}}}"
    if kind in ("list", "tuple", "set", "frozenset"):
        items = [_described(item) for item in value]
        return f"{kind}[{', '.join(sorted(items) if 'set' in kind else items)}]"
    return coercion_table.described(value).replace("PurePosixPath", "PosixPath")


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_the_compiler_has_the_frameworks_value(annotation: str, answers: Any, program: Program) -> None:
    """What is known when compiling is the framework's answer; what isn't is taken, and left to where it runs."""
    hint = program.hint(annotation)
    different = []
    for index, value in enumerate(VALUES):
        wanted = _wanted(answers[annotation], value).replace("PurePosixPath", "PosixPath")
        try:
            made, is_known = coerced(program.value(index), hint)
            got = _described(made) if is_known else LATER
        except Mismatch:
            got = REFUSED
        if value == ONE_CLASS_OF_PATHS:
            continue
        if LATER not in got and got != wanted and not _is_left_out(wanted, got):
            different.append(f"{value}: the framework {wanted}, here {got}")
    assert not different, "\n".join(different)


_MODELLED_LATER = ("Pattern", "ipaddress", "OrderedDict", "DefaultDict", "Counter", "eque", "Model", "Deep")


@pytest.mark.parametrize("annotation", [one for one in ANNOTATIONS if not any(name in one for name in _MODELLED_LATER)])
def test_plain_data_are_never_left_to_where_it_runs(annotation: str, program: Program) -> None:
    """But for annotations of classes whose objects the compiler doesn't have."""
    hint = program.hint(annotation)
    for index, value in enumerate(VALUES):
        if value[0].isalpha() or "(" in value:
            continue
        try:
            is_known = coerced(program.value(index), hint)[1]
        except Mismatch:
            continue
        assert is_known, value
