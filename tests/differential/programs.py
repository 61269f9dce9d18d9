"""Generated programs: several modules, packages, a script with a main block. The seed decides all of it."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from expressions import EXPRESSIONS, LITERALS
from grammar import NotApplicable, Scope, Tables, Writer
from statements import (
    BODY,
    CLASHES,
    CYCLES,
    HELPERS,
    IMPORTS,
    LATE_GETATTR,
    MODULE_LEVEL,
    OBSERVED,
    RAISING,
    SMALL,
    STEPS,
    is_open,
)

LIBRARY = (
    "abc",
    "collections",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "importlib",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "sys",
    "textwrap",
    "types",
    "typing",
)
TOP = ("config", "settings", "shared", "stages", "plugins", "naming")
PACKAGES = ("core", "lib", "jobs")
CHILDREN = ("base", "extra", "tools", "model", "late")


@dataclass(frozen=True)
class Program:
    """Files by their path, `run.py` among them. `raises` says that Python can't run it to its end, on purpose."""

    seed: int
    files: dict[str, str]
    raises: bool = False

    def write(self, folder: Path) -> None:
        """Write the files into `folder`, in place of what is there."""
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def with_file(self, name: str, text: str) -> Program:
        return replace(self, files={**self.files, name: text})

    def __str__(self) -> str:
        return "\n".join(f"# --- {name}\n{text}" for name, text in self.files.items())


@dataclass(frozen=True)
class Density:
    """How much stands in a program: how many modules, how many statements in each, how deep expressions are, and how
    often an assignment binds a name again."""

    modules: tuple[int, int]
    statements: tuple[int, int]
    depth: int
    rebinding: float


TINY = Density((1, 2), (1, 4), 1, 0.25)
LIGHT = Density((1, 4), (3, 8), 2, 0.25)
DENSE = Density((1, 5), (8, 17), 3, 0.5)


def density(seed: int) -> Density:
    """Every second program is tiny: a fault of one feature shows alone. The others are light and dense by turns."""
    return (TINY, LIGHT, TINY, DENSE)[seed % 4]


@dataclass
class Module:
    """A module while it is written. `early` are names that are there before any other module can look."""

    name: str
    package: bool = False
    texts: list[str] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    virtual: dict[str, str] = field(default_factory=dict)
    listed: list[str] | None = None
    imported: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        folder = self.name.replace(".", "/")
        return f"{folder}/__init__.py" if self.package else f"{folder}.py"

    @property
    def mark(self) -> str:
        """A number that every module binds somewhere: what modules of a cycle ask each other for."""
        return "mark_" + self.name.replace(".", "_")

    @property
    def own(self) -> dict[str, str]:
        return {name: kind for name, kind in self.scope.names.items() if name in self.scope.bound}

    def text(self) -> str:
        body = "\n".join(self.texts) + "\n"
        used = [name for name in LIBRARY if re.search(rf"(?<![\w.]){name}\.", body)]
        framework = [name for name in ("step", "pipeline") if re.search(rf"(@{name}\b|\b{name}\()", body)]
        head = [f"import {name}" for name in used]
        head += [f"from zenml import {', '.join(framework)}"] if framework else []
        return "\n".join([*head, "", body]) if head else body


def generate(seed: int, attempt: int = 0, size: Density | None = None) -> Program:
    """The program of a seed. Python may be unable to run it: then the next attempt is another one."""
    return _Author(seed, attempt, size or density(seed)).program()


class _Author:
    """Writes one program. It draws from some of the templates alone, so that one feature can't hide all others."""

    def __init__(self, seed: int, attempt: int, size: Density) -> None:
        self.seed = seed
        self.chance = random.Random(f"{seed}/{attempt}")
        self.size = size
        self.groups = {name: self._some(templates) for name, templates in MODULE_LEVEL.items()}
        self.raising = [template for template in RAISING if not is_open(template)]
        self.imports = [template for template in IMPORTS if not is_open(template)]
        self.cycles = [template for template in CYCLES if not is_open(template)]
        self.body = self._some(BODY)
        expressions = {kind: self._some(templates) for kind, templates in EXPRESSIONS.items()}
        tables = Tables(expressions, LITERALS, self._some(SMALL))
        self.writer = Writer(self.chance, tables, size.depth, size.rebinding)
        self.modules: list[Module] = []
        self.done: list[Module] = []

    def program(self) -> Program:
        self.modules = self._layout()
        raises = self.chance.random() < 0.1
        unlucky = self.chance.choice([*self.modules, None]) if raises else None
        for module in self.modules:
            self._write(module, module is unlucky)
            self.done.append(module)
        script = Module("run")
        self._script(script, raises and unlucky is None)
        return Program(self.seed, {m.path: m.text() for m in [*self.modules, script]}, raises)

    def _some(self, templates: tuple[str, ...]) -> tuple[str, ...]:
        usable = [template for template in templates if not is_open(template)]
        return tuple(self.chance.sample(usable, max(1, len(usable) // 3)))

    # -- the modules that there are -----------------------------------------------------------------------------------

    def _layout(self) -> list[Module]:
        """Modules in an order in which each can import those before it."""
        count = self.chance.randint(*self.size.modules)
        modules = [Module(name) for name in self.chance.sample(TOP, count)]
        for package in self.chance.sample(
            PACKAGES, self.chance.choice((0, 1, 1, 2) if self.size.modules[1] > 2 else (0, 0, 1))
        ):
            group = [Module(f"{package}.{c}") for c in self.chance.sample(CHILDREN, self.chance.randrange(1, 4))]
            group.insert(self.chance.choice((0, len(group))), Module(package, package=True))
            place = self.chance.randrange(len(modules) + 1)
            modules[place:place] = group
        return modules

    def _importable(self, module: Module) -> list[Module]:
        """What the module can import without meeting itself."""
        parent = module.name.partition(".")[0]
        found = self.done
        if module.package:
            first = next((i for i, m in enumerate(self.done) if m.name.startswith(f"{module.name}.")), None)
            children = [m for m in self.done if m.name.startswith(f"{module.name}.")]
            found = self.done[:first] + children if first is not None else self.done
        later = {m.name for m in self.modules if m.package and m not in self.done and m.name != parent}
        return [m for m in found if m.name.partition(".")[0] not in later]

    # -- one module ---------------------------------------------------------------------------------------------------

    def _write(self, module: Module, raising: bool) -> None:
        count = self.chance.randint(*self.size.statements)
        wanted = list(self._importable(module))
        self.chance.shuffle(wanted)
        wanted = wanted[: self.chance.randrange(1, 4)]
        marked, failing = self.chance.randrange(count), self.chance.randrange(count)
        for index in range(count):
            if index == marked:
                self._add(module, f"{module.mark} = {self.writer.expression('int', module.scope)}")
                module.scope.bind(module.mark, "int")
            if raising and index == failing:
                self._statement(module, self.raising)
            if wanted and self.chance.random() < 0.5:
                self._import(module, wanted.pop())
            self._something(module)
        for other in wanted:
            self._import(module, other)
        self._close(module)

    def _add(self, module: Module, text: str) -> None:
        module.texts.append(text)

    def _statement(self, module: Module, templates: Sequence[str]) -> None:
        for _ in range(8):
            try:
                self._add(module, self.writer.statement(self.chance.choice(templates), module.scope))
                return
            except NotApplicable:
                continue

    def _something(self, module: Module) -> None:
        draw = self.chance.random()
        if draw < 0.08:
            self._statement(module, STEPS)
        elif draw < 0.13:
            self._pipeline(module)
        elif draw < 0.2 and self.done:
            self._other_module(module)
        elif draw < 0.24:
            self._cycle(module)
        elif draw < 0.27:
            self._clash(module)
        elif draw < 0.45:
            self._statement(module, self.groups["shared_state"])
        else:
            self._statement(module, self.groups[self.chance.choice(sorted(self.groups))])

    def _clash(self, module: Module) -> None:
        """Give a name of a package to a submodule or a number: which of them it is depends on who came last."""
        package = module.name if module.package else module.name.rpartition(".")[0]
        child = self.chance.choice(CHILDREN)
        if module.package and self.chance.random() < 0.5:
            self._add(module, f"{child} = 5")
            return
        packages = [package, *(m.name for m in self.done if m.package)]
        named = [name for name in packages if name]
        if not named:
            return
        texts = [text.replace("PACKAGE", self.chance.choice(named)).replace("CHILD", child) for text in CLASHES]
        self._statement(module, texts)

    def _close(self, module: Module) -> None:
        """What stands at the end: `__all__`, `__getattr__`."""
        public = list(module.own)
        if public and self.chance.random() < 0.3:
            module.listed = sorted(self.chance.sample(public, max(1, len(public) * 2 // 3)))
            self._list(module, module.listed)
        if self.chance.random() < 0.12:
            self._statement(module, LATE_GETATTR)
            module.virtual = {f"lazy_{self.chance.choice('abc')}": "int"}

    def _list(self, module: Module, names: list[str]) -> None:
        first, rest = names[:1], names[1:]
        if self.chance.random() < 0.2:
            self._add(module, f"__all__ = ({', '.join(map(repr, names))},)")
            return
        self._add(module, f"__all__ = {first!r}")
        for name in rest:
            form = self.chance.choice(("__all__ += [{!r}]", "__all__.append({!r})", "__all__.extend(({!r},))"))
            self._add(module, form.format(name))

    # -- imports ------------------------------------------------------------------------------------------------------

    def _relative(self, module: Module, other: Module) -> str | None:
        """How `module` can name `other` with dots, if they share a package."""
        package = module.name if module.package else module.name.rpartition(".")[0]
        if not package or not (other.name == package or other.name.startswith(f"{package}.")):
            return None
        return "." + other.name[len(package) + 1 :]

    def _import(self, module: Module, other: Module) -> None:
        forms = [self._from, self._from, self._whole, self._whole, self._star, self._late, self._from_parent]
        forms += [self._through_the_package, self._in_a_block]
        self.chance.choice(forms)(module, other)

    def _source(self, module: Module, other: Module) -> str:
        relative = self._relative(module, other)
        return relative if relative and self.chance.random() < 0.6 else other.name

    def _from(self, module: Module, other: Module) -> None:
        offered = {**other.own, **other.virtual}
        names = self.chance.sample(sorted(offered), min(len(offered), self.chance.randrange(1, 6)))
        if not names:
            return self._whole(module, other)
        parts = []
        for name in names:
            alias = self.writer.new_name(offered[name]) if self.chance.random() < 0.25 else name
            parts.append(name if alias == name else f"{name} as {alias}")
            module.scope.bind(alias, offered[name])
        self._add(module, f"from {self._source(module, other)} import {', '.join(parts)}")

    def _whole(self, module: Module, other: Module) -> None:
        form = self.chance.random()
        if form < 0.6:
            self._add(module, f"import {other.name}")
            self._see(module, other, other.name)
        elif form < 0.85 or "." in other.name:
            alias = self.writer.new_name("mod")
            self._add(module, f"import {other.name} as {alias}")
            self._see(module, other, alias)
        else:
            alias = self.writer.new_name("mod")
            self._add(module, f"{alias} = importlib.import_module({other.name!r})")
            self._see(module, other, alias)

    def _from_parent(self, module: Module, other: Module) -> None:
        parent, _, child = other.name.rpartition(".")
        if not parent:
            return self._whole(module, other)
        relative = self._relative(module, other)
        source = "." if relative == f".{child}" and self.chance.random() < 0.6 else parent
        self._add(module, f"from {source} import {child}")
        self._see(module, other, child)

    def _through_the_package(self, module: Module, other: Module) -> None:
        """Import the package alone: its submodules are there if anybody has imported them."""
        parent, _, child = other.name.rpartition(".")
        if not parent:
            return self._whole(module, other)
        self._add(module, f"import {parent}")
        if any(known.name == parent and child in known.children for known in self.done):
            self._see(module, other, other.name)
            return None
        name = self.writer.new_name("int")
        self._add(module, f"{name} = getattr(getattr({parent}, {child!r}, None), {other.mark!r}, -7)")
        module.scope.bind(name, "int")
        return None

    def _in_a_block(self, module: Module, other: Module) -> None:
        """Import under a condition, in a loop, in a function that makes the name global."""
        alias = self.writer.new_name("mod")
        self._statement(module, [text.replace("MODULE", other.name).replace("ALIAS", alias) for text in self.imports])
        self._see(module, other, alias)

    def _see(self, module: Module, other: Module, prefix: str) -> None:
        module.imported.add(prefix)
        if module.package and other.name.startswith(f"{module.name}."):
            module.children.add(other.name.rpartition(".")[2])
        for name, kind in {**other.own, **other.virtual}.items():
            module.scope.names[f"{prefix}.{name}"] = kind

    def _star(self, module: Module, other: Module) -> None:
        self._add(module, f"from {self._source(module, other)} import *")
        for name, kind in other.own.items():
            if other.listed is None or name in other.listed:
                module.scope.bind(name, kind)

    def _late(self, module: Module, other: Module) -> None:
        numbers = [name for name, kind in other.own.items() if kind == "int"]
        if not numbers:
            return self._whole(module, other)
        name = self.chance.choice(numbers)
        thunk = self.writer.new_name("thunk")
        if self.chance.random() < 0.5:
            lines = [f"from {other.name} import {name}", f"return {name}"]
        else:
            lines = [f"import {other.name} as late", f"late.{name} += 1", f"return late.{name}"]
        self._add(module, "\n    ".join([f"def {thunk}():", *lines]))
        module.scope.bind(thunk, "thunk")
        return None

    def _other_module(self, module: Module) -> None:
        """Change a module from outside."""
        prefixes = [p for p in sorted(module.imported) if any(n.startswith(f"{p}.") for n in module.scope.names)]
        if not prefixes:
            return self._statement(module, self.groups["shared_state"])
        prefix = self.chance.choice(prefixes)
        names = {n: k for n, k in module.scope.names.items() if n.rpartition(".")[0] == prefix and n.count("_")}
        kinds = [k for k in ("int", "str", "ints", "fn") if k in names.values()]
        if not kinds:
            return self._statement(module, self.groups["shared_state"])
        kind = self.chance.choice(kinds)
        name = self.chance.choice([n for n, k in names.items() if k == kind])
        value = self.writer.expression(kind, module.scope)
        new = self.writer.new_name("int")
        texts = [
            f"{name} = {value}",
            f"setattr({prefix}, {name.rpartition('.')[2]!r}, {value})",
            f"{prefix}.{new} = {self.writer.expression('int', module.scope)}",
            f"vars({prefix})[{name.rpartition('.')[2]!r}] = {value}",
        ]
        if kind != "fn":
            texts += [f"{name} += {value}"] * 2
        text = self.chance.choice(texts)
        self._add(module, text)
        if text == texts[2]:
            module.scope.names[f"{prefix}.{new}"] = "int"
        return None

    def _cycle(self, module: Module) -> None:
        """Ask a module for something that may import this one: what is there depends on who came first."""
        others = [*(m for m in self.modules if m is not module), Module("run")]
        other = self.chance.choice(others)
        texts = [text.replace("MODULE", other.name).replace("MARK", other.mark) for text in self.cycles]
        self._statement(module, texts)

    # -- pipelines ----------------------------------------------------------------------------------------------------

    def _pipeline(self, module: Module) -> None:
        """A pipeline, with a helper that calls steps in some."""
        if not module.scope.of_kind("step"):
            self._statement(module, STEPS[:4])
        if not module.scope.of_kind("step"):
            return None
        if self.chance.random() < 0.3:
            self._statement(module, HELPERS)
        inner = module.scope.within([("n", "int"), ("word", "str")])
        body = self._body(inner, self.chance.randint(1, 2 + self.size.depth))
        head = "@pipeline\ndef «+p:pipe»(n: int = «int», word: str = 'w'):\n"
        text = self.writer.statement(head, module.scope)
        self._add(module, text + "\n" + "\n".join("    " + line for line in body))
        return None

    def _body(self, scope: Scope, count: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            for _ in range(8):
                try:
                    lines += self.writer.statement(self.chance.choice(self.body), scope).splitlines()
                    break
                except NotApplicable:
                    continue
        return lines or ["pass"]

    def _observer(self, script: Module) -> None:
        """A pipeline that shows every name of every module to a step."""
        self._add(script, "@step\ndef show(value: object) -> None:\n    pass")
        lines = []
        shown: dict[str, list[str]] = {}
        for name, kind in script.scope.names.items():
            if kind in OBSERVED:
                shown.setdefault(name.rpartition(".")[0], []).append(OBSERVED[kind].format(name))
        for texts in shown.values():
            for start in range(0, len(texts), 6):
                lines.append(f"    show([{', '.join(texts[start : start + 6])}])")
        self._add(script, "@pipeline\ndef observe():\n" + ("\n".join(lines) or "    show(1)"))

    def _script(self, script: Module, raising: bool) -> None:
        wanted = list(self.modules)
        self.chance.shuffle(wanted)
        for other in wanted:
            self._import(script, other)
            if self.chance.random() < 0.3:
                self._something(script)
        for other in wanted:
            if other.name not in script.imported and self.chance.random() < 0.7:
                self._add(script, f"import {other.name}")
                self._see(script, other, other.name)
        for _ in range(self.chance.randint(1, min(5, self.size.statements[1]))):
            self._something(script)
        self._observer(script)
        self._main(script, raising)

    def _main(self, script: Module, raising: bool) -> None:
        inner = Scope(dict(script.scope.names), set(script.scope.bound))
        lines = self._block(inner, self.groups["shared_state"], self.chance.randrange(0, 3))
        calls = ["observe()"]
        pipelines = script.scope.of_kind("pipe")
        for name in self.chance.sample(pipelines, min(len(pipelines), self.chance.randrange(0, 3))):
            calls.append(f"{name}({self.chance.choice(('', '3', 'n=5', '2, word=' + repr('other')))})")
        if self.chance.random() < 0.15:
            calls.append("observe()")
        self.chance.shuffle(calls)
        lines += calls
        if raising:
            at = self.chance.randrange(len(lines) + 1)
            lines[at:at] = self._block(inner, self.raising, 1) or ["raise ValueError('main')"]
        self._add(script, 'if __name__ == "__main__":\n' + "\n".join("    " + line for line in lines))

    def _block(self, scope: Scope, templates: Sequence[str], count: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            try:
                lines += self.writer.statement(self.chance.choice(templates), scope).splitlines()
            except NotApplicable:
                continue
        return lines
