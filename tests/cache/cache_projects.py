"""Random projects of steps and helpers, random edits of them, and what each edit must make run again.

A program is data; its text, the values that its steps return and the steps that must rerun all follow from it. Two
states of a step are the same if nothing that its result may depend on differs: its own code, the code that it reaches,
its parameter, the content of its inputs, the file and the variable that it declares, the variable that its code names.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

KINDS = ("function", "constant", "class", "list")
STYLES = ("from", "module", "alias", "package", "local")
MEANINGFUL = ("value", "default", "argument", "rewritten")
OF_STEP = ("body", "parameter", "step's default", "file", "variable", "literal variable", "undeclared variable")
NEUTRAL = ("comment", "formatting", "docstring", "new code", "step's comment", "other file", "other variable")
BASE = """\
import functools


def deco(n):
    def wrap(function):
        @functools.wraps(function)
        def inner(*args):
            return function(*args) + n

        return inner

    return wrap
"""
EDITS = (*MEANINGFUL, *OF_STEP, *NEUTRAL)


@dataclass(frozen=True)
class Helper:
    """A definition in the module m<module> of the package `lib`. `uses` are earlier helpers, and how they are imported.

    `rewritten` changes the code and not what it computes.
    """

    index: int
    module: int
    kind: str
    uses: tuple[tuple[int, str], ...]
    value: int = 1
    default: int = 2
    argument: int = 3
    rewritten: int = 0
    comment: int = 0
    formatting: int = 0
    docstring: int = 0
    new_code: int = 0

    @property
    def name(self) -> str:
        return f"d{self.index}"

    @property
    def meaning(self) -> tuple[int, ...]:
        """What of it may change a result, or the code digest of what reaches it."""
        return (self.value, self.default, self.argument, self.rewritten)

    def text(self, names: list[str], local: list[str]) -> str:
        comment = f"  # {self.comment}" if self.comment else ""
        space = " " * (self.formatting + 1)
        total = f"{space}+{space}".join([str(self.value), *names, *["0"] * self.rewritten])
        lines = "".join(f"    {line}\n" for line in local)
        doc = f'    """Doc {self.docstring}."""\n'
        decorator = f"@deco({self.argument})\n"
        if self.kind == "function":
            text = f"{decorator}def {self.name}(x={self.default}):{comment}\n{doc}{lines}    return x + {total}\n"
        elif self.kind == "class":
            text = f"class {self.name}:\n{doc}    a ={space}{self.default}{comment}\n\n"
            text += f"    {decorator}    def m(self):\n{''.join('    ' + one for one in lines.splitlines(True))}"
            text += f"        return self.a + {total}\n"
        elif self.kind == "list":
            text = (
                f"{self.name} = [{total}]{comment}\n{self.name}.append({space}{self.default * 100 + self.argument})\n"
            )
        else:
            text = f"{self.name} = ({total}{space}+ {self.default * 100 + self.argument}){comment}\n"
        return text + (f"new_{self.index} = {self.new_code}\n" if self.new_code else "")

    @property
    def expression(self) -> str:
        """How its value is had, after its name."""
        return {"function": "()", "class": "().m()", "list": "[0]", "constant": ""}[self.kind]


@dataclass(frozen=True)
class Step:
    """A step; it returns the sum of all that it depends on. `inputs` are earlier steps."""

    index: int
    uses: tuple[tuple[int, str], ...]
    inputs: tuple[int, ...]
    reads: bool = False
    variable: bool = False
    literal: int = 0
    undeclared: bool = False
    body: int = 1
    parameter: int = 1
    default: int = 0
    comment: int = 0

    @property
    def name(self) -> str:
        return f"s{self.index}"


@dataclass(frozen=True)
class Program:
    """A project, with the content of its data files and the values of the caller's variables."""

    helpers: tuple[Helper, ...]
    steps: tuple[Step, ...]
    files: tuple[int, ...]
    other_file: int = 0
    variable: int = 1
    undeclared: int = 1
    other_variable: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The caller's variables."""
        return {"CALLER": str(self.variable), "SEEN": str(self.undeclared), "OTHER": str(self.other_variable)}

    # -- what it means -------------------------------------------------------------------------------------------------

    def reached(self, step: Step) -> tuple[int, ...]:
        """The helpers that a step reaches."""
        found: set[int] = set()
        todo = [index for index, _ in step.uses]
        while todo:
            index = todo.pop()
            if index not in found:
                found.add(index)
                todo.extend(one for one, _ in self.helpers[index].uses)
        return tuple(sorted(found))

    def value_of(self, index: int) -> int:
        """What a helper's expression gives."""
        helper = self.helpers[index]
        inner = helper.value + sum(self.value_of(one) for one, _ in helper.uses)
        if helper.kind in ("function", "class"):
            return inner + helper.default + helper.argument
        return inner if helper.kind == "list" else inner + helper.default * 100 + helper.argument

    def results(self) -> dict[str, int]:
        """What each step returns."""
        found: dict[str, int] = {}
        for step in self.steps:
            total = step.body + step.parameter + step.default + sum(self.value_of(one) for one, _ in step.uses)
            total += sum(found[f"s{one}"] for one in step.inputs)
            total += self.files[step.index] if step.reads else 0
            total += self.variable if step.variable else 0
            total += self.undeclared if step.undeclared else 0
            found[step.name] = total + step.literal
        return found

    def states(self) -> dict[str, tuple[object, ...]]:
        """For each step all that its cache key may depend on."""
        results = self.results()
        return {
            step.name: (
                step.name,
                *(step.body, step.parameter, step.default, step.literal),
                tuple((one, self.helpers[one].meaning) for one in self.reached(step)),
                tuple(results[f"s{one}"] for one in step.inputs),
                self.files[step.index] if step.reads else None,
                # The module reads both when it is imported: the one for a decorator of any of its steps.
                self.variable if any(one.variable for one in self.steps) else None,
                self.undeclared,
            )
            for step in self.steps
        }

    # -- what it looks like --------------------------------------------------------------------------------------------

    def write(self, root: Path) -> None:
        """Put the project into a folder; only files that differ are written."""
        for name, text in self.sources().items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)

    def sources(self) -> dict[str, str]:
        modules = sorted({helper.module for helper in self.helpers})
        files = {f"lib/m{module}.py": self._module(module) for module in modules}
        files["lib/__init__.py"] = "".join(f"from .m{module} import *\n" for module in modules)
        files["lib/base.py"] = BASE
        files |= {f"data/{index}.txt": str(number) for index, number in enumerate(self.files)}
        files["data/other.txt"] = str(self.other_file)
        files["run.py"] = self._run()
        return files

    def _module(self, module: int) -> str:
        lines, texts = ["from lib.base import deco"], []
        for helper in self.helpers:
            if helper.module == module:
                imports, names, local = self._imports(helper.uses, helper.kind in ("function", "class"), module)
                lines.extend(imports)
                texts.append(helper.text(names, local))
        return "\n".join([*dict.fromkeys(lines), "", *texts])

    def _run(self) -> str:
        lines = ["import os", "from pathlib import Path", "from zenml import pipeline, step"]
        lines += ["from zenml.config import CachePolicy", "HERE = Path(__file__).parent"]
        lines += ['SEEN = int(os.environ.get("SEEN", "0"))']
        texts = []
        for step in self.steps:
            imports, names, local = self._imports(step.uses, True, -1)
            lines.extend(imports)
            texts.append(self._step(step, names, local))
        calls = []
        for step in self.steps:
            given = [f"i{one}=v{one}" for one in step.inputs] + [f"p={step.parameter}"]
            calls.append(f"    v{step.index} = {step.name}({', '.join(given)})\n")
        body = "@pipeline\ndef main():\n" + "".join(calls)
        return "\n".join([*dict.fromkeys(lines), "", *texts, body, 'if __name__ == "__main__":\n    main()\n'])

    def _step(self, step: Step, names: list[str], local: list[str]) -> str:
        arguments, terms = [], [str(step.body), "p", "q", *names]
        if step.reads:
            arguments.append(f'cache_policy=CachePolicy(file_dependencies=["data/{step.index}.txt"])')
            terms.append(f'int((HERE / "data" / "{step.index}.txt").read_text())')
        variables = []
        if step.variable:
            variables.append('"CALLER": os.environ["CALLER"]')
            terms.append('int(os.environ["CALLER"])')
        if step.literal:
            variables.append(f'"LITERAL": "{step.literal}"')
            terms.append('int(os.environ["LITERAL"])')
        if step.undeclared:
            terms.append(('int(os.environ["SEEN"])', 'int(os.getenv("SEEN", "0"))', "SEEN")[step.index % 3])
        if variables:
            arguments.append(f"environment={{{', '.join(variables)}}}")
        taken = [f"i{one}: int" for one in step.inputs] + ["p: int", f"q: int = {step.default}"]
        terms += [f"i{one}" for one in step.inputs]
        comment = f"  # {step.comment}" if step.comment else ""
        head = f"@step({', '.join(arguments)})" if arguments else "@step"
        lines = "".join(f"    {line}\n" for line in local)
        return f"{head}{comment}\ndef {step.name}({', '.join(taken)}) -> int:\n{lines}    return {' + '.join(terms)}\n"

    def _imports(
        self, uses: tuple[tuple[int, str], ...], function: bool, module: int
    ) -> tuple[list[str], list[str], list[str]]:
        imports, names, local = [], [], []
        for index, style in uses:
            used = self.helpers[index]
            path, name = f"lib.m{used.module}", used.name
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
            elif style == "local" and function:
                local.append(f"from {path} import {name} as local_{name}")
                name = f"local_{name}"
            else:
                imports.append(f"from {path} import {name}")
            names.append(name + used.expression)
        return imports, names, local


def make(chance: random.Random) -> Program:
    """A project of two to eight helpers in up to four modules, and two to six steps that form a random DAG."""

    def uses(limit: int, most: int) -> tuple[tuple[int, str], ...]:
        chosen = chance.sample(range(limit), min(limit, chance.randint(0, most)))
        return tuple((one, chance.choice(STYLES)) for one in chosen)

    modules = sorted(chance.randint(0, 3) for _ in range(chance.randint(2, 8)))
    helpers = tuple(Helper(i, module, chance.choice(KINDS), uses(i, 2)) for i, module in enumerate(modules))
    count = chance.randint(2, 6)
    steps = tuple(
        Step(
            i,
            uses(len(helpers), 2),
            tuple(sorted(chance.sample(range(i), min(i, chance.randint(0, 2))))),
            reads=chance.random() < 0.4,
            variable=chance.random() < 0.3,
            literal=chance.choice((0, 0, 5)),
            undeclared=chance.random() < 0.3,
        )
        for i in range(count)
    )
    return Program(helpers, steps, tuple(range(10, 10 + count)))


def edited(program: Program, edit: str, chance: random.Random) -> Program:
    """The project after an edit of this kind, somewhere."""
    if edit == "other file":
        return replace(program, other_file=program.other_file + 1)
    if edit == "undeclared variable":
        return replace(program, undeclared=program.undeclared + 1)
    if edit == "other variable":
        return replace(program, other_variable=program.other_variable + 1)
    if edit == "variable":
        return replace(program, variable=program.variable + 1)
    if edit == "file":
        index = chance.randrange(len(program.files))
        files = (*program.files[:index], program.files[index] + 1, *program.files[index + 1 :])
        return replace(program, files=files)
    if edit in OF_STEP or edit == "step's comment":
        index = chance.randrange(len(program.steps))
        step = program.steps[index]
        field = {"step's default": "default", "step's comment": "comment", "literal variable": "literal"}.get(
            edit, edit
        )
        if field == "literal" and not step.literal:
            field = "comment"
        step = replace(step, **{field: getattr(step, field) + 1})  # type: ignore[arg-type]
        return replace(program, steps=(*program.steps[:index], step, *program.steps[index + 1 :]))
    index = chance.randrange(len(program.helpers))
    helper, field = program.helpers[index], edit.replace(" ", "_")
    helper = replace(helper, **{field: getattr(helper, field) + 1})  # type: ignore[arg-type]
    return replace(program, helpers=(*program.helpers[:index], helper, *program.helpers[index + 1 :]))
