"""Modules run whole: once, top to bottom, at their first import, as Python runs them.

`evaluator.modules` is `sys.modules` for what the project holds: a module enters it before its first statement runs, so
that a circle of imports sees the half-made module, and leaves it when it raises. The program's entry is `__main__`;
asked for a name of a file, the evaluator imports the file instead.
"""

from __future__ import annotations

import ast
from pathlib import Path

from zencompile.frontend.evaluator import reachable
from zencompile.frontend.evaluator import uncertain as uncertain_ways
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import DEFINITIONS, ModuleState, bound_names
from zencompile.frontend.project import Found
from zencompile.frontend.values import (
    MISSING,
    Context,
    Module,
    NativeObject,
    ProjectText,
    Raised,
    Symbol,
    Unknown,
    Value,
)

MOST_OPERATIONS = 300_000
"""Operations that the top level of one module may take, but for those of the modules that it imports. What needs more
is work that belongs into a step: what it would have left behind is not known."""

_IMPORTS = (ast.Import, ast.ImportFrom)


class OutOfSteps(BaseException):
    """A top level has more to do than it may. Not an exception of the program."""


# from a file to a module


def load_file(ev: Machine, path: Path) -> Module:
    """The module of a file under its name from the source root; nothing of it runs."""
    module = ev.files.get(path)
    if module is None:
        module = ev.files[path] = _parsed(ev, path)
    return module


def _parsed(ev: Machine, path: Path) -> Module:
    told = len(ev.report.diagnostics)
    parsed = ev.project.parsed(path)
    ev.of_definitions.update(ev.report.diagnostics[told:])
    module = Module(ev.project.module_name(path), parsed.file, path.name == "__init__.py")
    module.tree = parsed.tree
    module.broken = len(ev.report.diagnostics) > told
    return module


def _again(ev: Machine, module: Module) -> Module:
    """The same file once more: under another name it is another module, with names of its own."""
    other = Module(module.name, module.file, module.package)
    other.tree = module.tree
    other.broken = module.broken
    return other


def register(ev: Machine, name: str, found: Found) -> Module:
    """The module that an import by that name finds, made but not run."""
    known = ev.modules.get(name)
    if known is not None:
        return known
    if found.namespace:
        module = Module(name, None, True)
        module.folder = found.location
    else:
        module = load_file(ev, found.location)
        if module.imported_as is not None:
            module = _again(ev, module)
    module.imported_as = name
    ev.modules[name] = module
    return module


def prepare(ev: Machine, module: Module) -> ModuleState:
    """The names that a module has before its first statement."""
    tree = module.tree if module.tree is not None else ast.Module([], [])
    state = ModuleState(module, tree, module.file.text if module.file else "")
    module.state = state
    name = module.imported_as or module.name
    values = state.values
    values["__name__"] = name
    values["__package__"] = package_of(module)
    values["__doc__"] = ast.get_docstring(tree) if tree.body else None
    values["__spec__"] = None
    values["__builtins__"] = Symbol("builtins")
    values["__annotations__"] = {}
    location = module.file.location if module.file else None
    if location is not None:
        values["__file__"] = ProjectText(ev.project.virtual(location))
        if module.package:
            values["__path__"] = [ProjectText(ev.project.virtual(location.parent))]
    return state


def package_of(module: Module) -> str:
    """The package that a module's relative imports start from."""
    name = module.imported_as or module.name
    if name == "__main__":
        name = module.name
    return name if module.package else name.rpartition(".")[0]


# running


def run(ev: Machine, module: Module) -> None:
    """Run a module if nothing of it ran yet. Raises what it raises."""
    state = ev.state(module)
    if state.started:
        return
    if module.imported_as is None:
        module.imported_as = module.name
        state.values["__name__"] = module.name
        ev.modules.setdefault(module.name, module)
    _execute(ev, module, state)


def run_main(ev: Machine, module: Module) -> Module:
    """Run a file as `python FILE` does; what it raises is reported. The module that ran: another one than was given,
    if that was imported before."""
    if module.imported_as is not None:
        module = _again(ev, module)
    module.imported_as = "__main__"
    ev.modules["__main__"] = module
    _execute(ev, module, ev.state(module))
    return module


def _execute(ev: Machine, module: Module, state: ModuleState) -> None:
    state.started = state.running = True
    outer_frame, ev.frame = ev.frame, state.frame
    outer_limit, start = ev.limit, ev.steps
    main = module.imported_as == "__main__"
    if not main:
        ev.importing += 1
        ev.limit = start + MOST_OPERATIONS
    ev.top_levels += 1
    if module.broken:
        state.failure = Unknown(None, f"`{module.name}` can't be read", reported=True)
    try:
        if module.tree is not None:
            _statements(ev, module, state, main)
    finally:
        ev.top_levels -= 1
        ev.frame = outer_frame
        state.running = False
        if not main:
            ev.importing -= 1
            ev.limit = outer_limit + (ev.steps - start)


def _statements(ev: Machine, module: Module, state: ModuleState, main: bool) -> None:
    body = module.tree.body if module.tree is not None else []
    defining = _last_definition(body) if main else len(body)
    for index, node in enumerate(body):
        uncertain, departures = len(ev.uncertain), len(ev.departures)
        told = len(ev.report.diagnostics)
        defines = index <= defining and not is_main_guard(node)
        try:
            ev.statement_table[node.__class__](ev, node, state.frame)
        except OutOfSteps:
            uncertain_ways.forget(ev, departures)
            _give_up(ev, module, state, node)
        except Raised as raised:
            if isinstance(raised.value, SystemExit) and not is_main_guard(node):
                ev.exits[module.name] = raised.span
            if not main:
                _leave(ev, module, state, raised)
                raise
            unknown = ev.report_raised(raised)
            if ev.arguments_known:
                state.failure = unknown
                return
            state.values.update({n: unknown for n in bound_names([node]) if n not in state.values})
        finally:
            del ev.uncertain[uncertain:]
            if defines:
                ev.of_definitions.update(ev.report.diagnostics[told:])


def _last_definition(body: list[ast.stmt]) -> int:
    """The last statement of a script that defines or imports something: what follows only runs."""
    kinds = (*DEFINITIONS, *_IMPORTS)
    return max((index for index, node in enumerate(body) if isinstance(node, kinds)), default=-1)


def is_main_guard(node: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and any(
        isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test)
    )


def _leave(ev: Machine, module: Module, state: ModuleState, raised: Raised) -> None:
    """An imported module raised: it is not imported, and would run again."""
    state.failure = Unknown(raised.span, "its module raises", reported=True)
    name = module.imported_as
    if name is not None and ev.modules.get(name) is module:
        del ev.modules[name]


def _give_up(ev: Machine, module: Module, state: ModuleState, node: ast.stmt) -> None:
    """A statement has too much to do: what it binds and may have changed is not known from here on."""
    span = ev.span(node, module)
    reason = f"the top level of `{module.name}` has more to do here than is done when compiling"
    unknown = Unknown(span, reason)
    for name in bound_names([node]):
        state.values[name] = unknown
    state.failure = state.failure or unknown
    reachable.make_uncertain(ev, reachable.named_in(node, state.values), unknown)
    for reached in reachable.modules_of(node, state.values):
        ev.touch(reached)
        names_of = ev.state(reached).values
        names_of.update({name: unknown for name, value in names_of.items() if reachable.is_data(name, value)})
    ev.limit = ev.steps + MOST_OPERATIONS // 10


# names


def get(ev: Machine, module: Module, name: str) -> Value:
    """A name of a module that has run as far as it has, as `module.name` finds it; or MISSING."""
    state = ev.state(module)
    value = state.values.get(name, MISSING)
    if value is not MISSING:
        return value
    if name == "__dict__":
        return state.values
    hook = state.values.get("__getattr__", MISSING)
    if hook is not MISSING and name[:2] != "__":
        node = module.tree or ast.Module([], [])
        return ev.call_value(hook, [name], {}, ev.context(module, node))
    return unlisted(ev, module, name)


def unlisted(ev: Machine, module: Module, name: str) -> Value:
    """A name that no statement is known to have bound: of a star import of what is not read, or in a module of which
    some statement was given up; else MISSING."""
    state = ev.state(module)
    if state.open_stars and not name.startswith("_"):
        sources = list(reversed(state.open_stars))
        surely = [s for s in sources if getattr(s, "exports", None) is not None and s.exports(name)]
        return _of_star(ev, module, (surely or sources)[0], name)
    if state.failure is not None and name[:2] != "__":
        return state.failure
    return MISSING


def _of_star(ev: Machine, module: Module, source: Value, name: str) -> Value:
    if isinstance(source, Unknown):
        return source.forgotten()
    if isinstance(source, Symbol):
        return Symbol(f"{source.path}.{name}")
    return native_attribute(ev, source, name, ev.context(module))


def native_attribute(ev: Machine, source: NativeObject, name: str, context: Context) -> Value:
    """A name of a modelled module, or MISSING."""
    try:
        return source.get_attribute(name, context)
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return MISSING
        raise


def names(ev: Machine, module: Module) -> list[str]:
    """The names that a module's top level has bound, in the order of their first binding."""
    return [name for name in ev.state(module).values if name not in _GIVEN]


_GIVEN = frozenset(
    {"__name__", "__package__", "__doc__", "__spec__", "__builtins__", "__annotations__", "__file__", "__path__"}
)
