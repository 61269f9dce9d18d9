"""A property: over random projects and random edits, the digest changes exactly when a reached meaning does."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from zencompile.diagnostics import Report
from zencompile.frontend.closures import StepCode, close
from zencompile.frontend.project import Project

STYLES = ("from", "module", "alias", "package", "star", "local")
KINDS = ("function", "constant", "class", "list")
MEANINGFUL = ("value", "default", "argument")
NEUTRAL = ("comment", "formatting", "docstring", "new code", "step's decorator")


@dataclass(frozen=True)
class Definition:
    """A definition of a generated project; `uses` are (index of an earlier definition, how it is imported)."""

    index: int
    module: int
    kind: str
    uses: tuple[tuple[int, str], ...]
    value: int = 1
    default: int = 1
    argument: int = 1
    comment: int = 0
    formatting: int = 0
    docstring: int = 0
    new_code: int = 0

    @property
    def name(self) -> str:
        return f"d{self.index}"

    def text(self, names: list[str], local: list[str]) -> str:
        """Its source, where `names` are the expressions that it uses and `local` the imports inside of it."""
        comment = f"  # {self.comment}" if self.comment else ""
        space = " " * self.formatting
        total = f"{space}+{space}".join([str(self.value), *names])
        body = "".join(f"    {line}\n" for line in local)
        if self.kind == "function":
            doc = f'    """Doc {self.docstring}."""\n'
            head = f"@deco({self.argument})\ndef {self.name}(x={self.default}):{comment}\n"
            text = f"{head}{doc}{body}    return x{space}+ value({total})\n"
        elif self.kind == "class":
            doc = f'    """Doc {self.docstring}."""\n'
            method = f"    def m(self, x={self.default}):\n        return {total}{comment}\n"
            text = f"@deco({self.argument})\nclass {self.name}:\n{doc}{body}    a ={space} {self.default}\n{method}"
        elif self.kind == "list":
            text = f"{self.name} = [{total}]{comment}\n{self.name}.append({space}{self.default * 10 + self.argument})\n"
        else:
            text = f"{self.name} = ({total},{space} {self.default * 10 + self.argument}){comment}\n"
        return text + (f"new_{self.index} = {self.new_code}\n" if self.new_code else "")


@dataclass(frozen=True)
class Program:
    """A generated project: `definitions` in modules m0, m1, … of the package `lib`, and a step that uses some."""

    definitions: tuple[Definition, ...]
    step: tuple[tuple[int, str], ...]
    cache: int = 0

    def reached(self) -> set[int]:
        """The definitions that the step reaches, by the generator's own graph."""
        found: set[int] = set()
        todo = [i for i, _ in self.step]
        while todo:
            index = todo.pop()
            if index not in found:
                found.add(index)
                todo.extend(i for i, _ in self.definitions[index].uses)
        return found

    def files(self) -> dict[str, str]:
        modules = sorted({d.module for d in self.definitions})
        files = {f"lib/m{m}.py": self._module(m) for m in modules}
        files["lib/base.py"] = "def deco(n):\n    return lambda f: f\ndef value(*a): return len(a)\n"
        files["lib/__init__.py"] = "".join(f"from .m{m} import *\n" for m in modules)
        imports, names, local = self._uses(self.step, "function", module=-1)
        body = "".join(f"    {line}\n" for line in local)
        step = (
            f"@step(enable_cache={bool(self.cache % 2)})\ndef train():\n{body}    return {', '.join(['1', *names])}\n"
        )
        files["run.py"] = "\n".join(["from zenml import step", *imports, "", step])
        return files

    def _module(self, module: int) -> str:
        lines, texts = ["from lib.base import deco, value"], []
        for definition in self.definitions:
            if definition.module == module:
                imports, names, local = self._uses(definition.uses, definition.kind, module)
                lines.extend(imports)
                texts.append(definition.text(names, local))
        return "\n".join([*dict.fromkeys(lines), "", *texts])

    def _uses(
        self, uses: tuple[tuple[int, str], ...], kind: str, module: int
    ) -> tuple[list[str], list[str], list[str]]:
        imports, names, local = [], [], []
        for index, style in uses:
            used = self.definitions[index]
            path = f"lib.m{used.module}"
            name = used.name
            if used.module == module:
                pass
            elif style == "module":
                imports.append(f"import {path}")
                name = f"{path}.{name}"
            elif style == "alias":
                imports.append(f"from {path} import {name} as alias_{name}")
                name = f"alias_{name}"
            elif style == "package" and module < 0:
                imports.append(f"from lib import {name}")
            elif style == "star":
                imports.append(f"from {path} import *")
            elif style == "local" and kind == "function":
                local.append(f"from {path} import {name} as local_{name}")
                name = f"local_{name}"
            else:
                imports.append(f"from {path} import {name}")
            names.append(f"{name}()" if used.kind in ("function", "class") and kind == "function" else f"len({name})")
        return imports, names, local


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Projects of up to nine definitions in up to four modules; a definition uses earlier ones of earlier modules."""
    modules = sorted(draw(st.lists(st.integers(0, 3), min_size=2, max_size=9)))

    def uses(limit: int) -> tuple[tuple[int, str], ...]:
        if not limit:
            return ()
        chosen = draw(st.lists(st.integers(0, limit - 1), max_size=2, unique=True))
        return tuple((i, draw(st.sampled_from(STYLES))) for i in chosen)

    definitions = [Definition(i, module, draw(st.sampled_from(KINDS)), uses(i)) for i, module in enumerate(modules)]
    return Program(tuple(definitions), uses(len(modules)))


def edited(program: Program, index: int, edit: str) -> Program:
    if edit == "step's decorator":
        return replace(program, cache=program.cache + 1)
    field = edit.replace(" ", "_")
    definition = program.definitions[index]
    changed = replace(definition, **{field: getattr(definition, field) + 1})  # type: ignore[arg-type]
    return replace(program, definitions=(*program.definitions[:index], changed, *program.definitions[index + 1 :]))


def digest(program: Program) -> str:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "lib").mkdir()
        for name, text in program.files().items():
            (root / name).write_text(text, encoding="utf-8")
        report = Report()
        project = Project.of(root / "run.py", report, source_root=root)
        code = close(project, [StepCode("run:train")], report)["run:train"].code
        assert not list(report), [d.message for d in report]
    return code


@settings(max_examples=60, deadline=None)
@given(programs(), st.data())
def test_a_digest_changes_exactly_when_a_reached_meaning_does(program: Program, data: st.DataObject) -> None:
    """Whatever way a definition is imported, an edit of it counts if and only if the step reaches it."""
    before = digest(program)
    for _ in range(3):
        index = data.draw(st.integers(0, len(program.definitions) - 1))
        edit = data.draw(st.sampled_from(MEANINGFUL + NEUTRAL))
        program = edited(program, index, edit)
        after = digest(program)
        assert (after != before) is (edit in MEANINGFUL and index in program.reached())
        before = after


def test_generated_projects_reach_as_meant() -> None:
    """The generator is no empty one: over its styles, values differ where they are reached and only there."""
    used = Definition(0, 0, "function", ())
    other = Definition(1, 0, "class", ())
    for style in STYLES:
        program = Program((used, other), ((0, style),))
        assert program.reached() == {0}
        assert digest(edited(program, 0, "value")) != digest(program)
        assert digest(edited(program, 1, "value")) == digest(program)
