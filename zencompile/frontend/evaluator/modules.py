"""Modules: names of a top level on demand, and which module an import finds."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path
from typing import TYPE_CHECKING

from zencompile.frontend import stdlib
from zencompile.frontend.evaluator import search
from zencompile.frontend.evaluator.scopes import Frame, ModuleState, Unit, binds
from zencompile.frontend.project import STDLIB, Found
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Instance,
    Module,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

NO_LIMIT = 1 << 60


def load_file(ev: Evaluator, path: Path, name: str | None = None) -> Module:
    module = ev._modules.get(path)
    if module is None:
        told = len(ev.report.diagnostics)
        parsed = ev.project.parsed(path)
        ev.of_definitions.update(ev.report.diagnostics[told:])
        module = Module(name or ev.project.module_name(path), parsed.file, path.name == "__init__.py")
        module.tree = parsed.tree
        module.broken = len(ev.report.diagnostics) > told
        ev._modules[path] = module
    return module


def _load_found(ev: Evaluator, found: Found) -> Module:
    if not found.namespace:
        return load_file(ev, found.location)
    module = ev._modules.get(found.location)
    if module is None:
        module = ev._modules[found.location] = Module(found.name, None, True)
    return module


def prepare(ev: Evaluator, module: Module) -> ModuleState:
    """Index a module's top level; nothing is evaluated."""
    tree = module.tree if module.tree is not None else ast.Module([], [])
    text = module.file.text if module.file else ""
    state = ModuleState(module, tree, text)
    module.state = state
    values = state.values
    location = module.file.location if module.file else None
    values["__name__"] = module.name
    values["__package__"] = module.name if module.package else module.name.rpartition(".")[0]
    values["__doc__"] = ast.get_docstring(tree) if tree.body else None
    values["__spec__"] = None
    values["__builtins__"] = Symbol("builtins")
    values["__annotations__"] = {}
    if location is not None:
        values["__file__"] = ev.project.virtual(location)
        if module.package:
            values["__path__"] = [ev.project.virtual(location.parent)]
    state.settled.update(name for name in values if name not in state.needs)
    return state


def run_main(ev: Evaluator, module: Module) -> None:
    state = ev.state(module)
    state.main = True
    state.values["__name__"] = "__main__"
    for unit in state.units:
        if unit.state == 0:
            run_unit(ev, module, state, unit)
            if state.failed and ev.arguments_known:
                break


def run_unit(ev: Evaluator, module: Module, state: ModuleState, unit: Unit) -> None:
    unit.state = 1
    state.running.append(unit.index)
    outer, ev.frame = ev.frame, state.frame
    depth = len(ev.uncertain)
    told = len(ev.report.diagnostics)
    ev.top_levels += 1
    try:
        if unit.alias is not None:
            ev.import_alias(unit.node, unit.alias, state.frame)  # type: ignore[arg-type]
        else:
            ev.statement_table[unit.node.__class__](ev, unit.node, state.frame)
    except Raised as raised:
        unknown = ev.report_raised(raised)
        if state.main:
            state.failed = True
        for name, units in state.needs.items():
            if unit in units and name not in state.values:
                state.values[name] = unknown
    finally:
        ev.top_levels -= 1
        ev.frame = outer
        state.running.pop()
        unit.state = 2
        del ev.uncertain[depth:]
        if len(ev.report.diagnostics) > told and any(unit in units for units in state.needs.values()):
            ev.of_definitions.update(ev.report.diagnostics[told:])


def get(ev: Evaluator, module: Module, name: str, inside: bool = False) -> Value:
    """A name of a module's top level, or MISSING. Code `inside` of the module doesn't get to its `__getattr__`."""
    state = module.state or ev.state(module)
    values = state.values
    if name in state.settled:
        value = values.get(name, MISSING)
        if value is not MISSING:
            return value
    units = state.needs.get(name)
    if units is not None:
        limit = state.running[-1] if state.running else NO_LIMIT
        waiting = False
        for unit in units:
            if unit.state == 0:
                if unit.index < limit:
                    if unit is not units[0]:
                        _run_readers(ev, module, state, name, unit)
                    run_unit(ev, module, state, unit)
                else:
                    waiting = True
        if waiting and name not in values and not state.main and not (inside and hasattr(builtins, name)):
            for unit in units:
                if unit.state == 0:
                    run_unit(ev, module, state, unit)
                    if name in values:
                        break
        if not waiting:
            value = values.get(name)
            if not _may_be_filled(value) or name in state.settled:
                state.settled.add(name)
            elif ev.top_levels <= 1:
                ev.fill(module, name)
    if name in values:
        return values[name]
    return _implicit(ev, module, state, name, inside)


def _run_readers(ev: Evaluator, module: Module, state: ModuleState, name: str, unit: Unit) -> None:
    """Evaluate what reads a name before a statement binds it anew: asked later, it would see the wrong value."""
    if unit.state or isinstance(unit.node, (ast.Import, ast.ImportFrom)) or not binds(unit.node, name):
        return
    for reader in state.readers(name):
        if reader.index >= unit.index:
            return
        if reader.state == 0:
            run_unit(ev, module, state, reader)


def _may_be_filled(value: Value) -> bool:
    """Whether other modules can change a value, as they do with a registry."""
    return type(value) in (dict, list, set) or isinstance(value, (Instance, Class))


def _implicit(ev: Evaluator, module: Module, state: ModuleState, name: str, inside: bool) -> Value:
    """Names that no statement binds by name: of star imports, submodules, `__getattr__`."""
    open_star: Value = MISSING
    for unit in reversed(state.stars):
        source = imported_module(ev, unit.node, state.frame)  # type: ignore[arg-type]
        if isinstance(source, Module):
            if name.startswith("_") and "__all__" not in ev.state(source).needs:
                continue
            exported = _exported(ev, source)
            if exported is not None and name not in exported:
                continue
            if unit.state == 1:
                continue
            unit.state, before = 1, unit.state
            try:
                value = get(ev, source, name)
            finally:
                unit.state = before
            if value is not MISSING:
                state.values[name] = value
                return value
        elif _is_not_exported(unit.node, name):
            continue
        elif isinstance(source, NativeObject):
            value = native_attribute(ev, source, name, unit.node, state.frame)
            if value is not MISSING and not (isinstance(value, Symbol) and name[:2] == "__"):
                exports = getattr(source, "exports", None)
                known = not isinstance(value, (Symbol, Unknown)) and (exports is None or exports(name))
                if known:
                    state.values[name] = value
                    return value
                open_star = value if open_star is MISSING else open_star
        elif isinstance(source, Symbol) and not name.startswith("_"):
            open_star = Symbol(f"{source.path}.{name}") if open_star is MISSING else open_star
    if module.package or module.file is None:
        found = ev.project.find(f"{module.name}.{name}", module.file.location if module.file else None)
        if found is not None and (
            module.file is None
            or found.location.parent.parent == module.file.location.parent
            or found.location.parent == module.file.location.parent
        ):
            return _load_found(ev, found)
    if not inside and "__getattr__" in state.needs and name[:2] != "__":
        hook = get(ev, module, "__getattr__")
        if hook is not MISSING:
            frame = state.frame
            node = frame.module.tree or ast.Module([], [])
            return ev.call_value(hook, [name], {}, ev.context(module, node))
    if open_star is not MISSING and name not in ev.builtins:
        return open_star
    return MISSING


def _is_not_exported(node: ast.stmt, name: str) -> bool:
    """Whether a star import of a module of the standard library is known not to bind a name."""
    listed = stdlib.exported(node.module) if isinstance(node, ast.ImportFrom) and not node.level else None
    return listed is not None and name not in listed


def _exported(ev: Evaluator, module: Module) -> set[str] | None:
    """What `__all__` lists, if it is known."""
    if "__all__" not in ev.state(module).needs:
        return None
    listed = get(ev, module, "__all__")
    if isinstance(listed, (list, tuple)) and all(isinstance(item, str) for item in listed):
        return set(listed)
    return None


# what an import finds


def native(ev: Evaluator, dotted: str) -> Value:
    """The framework's or the standard library's model of a module, or MISSING."""
    if dotted in ev._natives:
        return ev._natives[dotted]
    value = ev.provider.module(dotted)
    if value is None:
        value = stdlib.module(dotted)
    found = MISSING if value is None else value
    ev._natives[dotted] = found
    return found


def import_name(ev: Evaluator, dotted: str, node: ast.AST, frame: Frame) -> Value:
    """The module of an absolute dotted name: a model, a module of the project, or a Symbol."""
    top = dotted.partition(".")[0]
    from_framework = ev.provider.module(dotted)
    if from_framework is not None:
        return from_framework
    if top in STDLIB and top not in ("test", "this"):
        value = native(ev, dotted)
        if value is not MISSING:
            return value
        if not ev.project.find(dotted) or stdlib.is_builtin_module(top):
            return Symbol(dotted)
    importer = frame.module.file.location if frame.module.file else None
    found = ev.project.find(dotted, importer)
    if found is not None:
        module = _load_found(ev, found)
        return module
    value = native(ev, dotted)
    if value is not MISSING:
        return value
    parent, _, last = dotted.rpartition(".")
    if parent:
        above = ev.project.find(parent, importer)
        if above is not None and not above.namespace:
            # `a/__init__.py` is the project's and has no `b`: perhaps `a` re-exports a module by that name.
            value = get(ev, _load_found(ev, above), last)
            if value is not MISSING:
                return value
            return _missing(ev, dotted, dotted, node, frame)
    if search.extend(ev, frame.module):
        return import_name(ev, dotted, node, frame)
    return Symbol(dotted)


def _missing(ev: Evaluator, written: str, dotted: str, node: ast.AST, frame: Frame) -> Value:
    """A module that the project lacks, though its package is the project's: generated, or not under version control."""
    if not search.may_be_missing(node, frame.module):
        raise ev.raised(ModuleNotFoundError(f"No module named '{written}'"), node, frame)
    ev.report.warning(
        "ZC0108",
        f"the project has no module `{written}`",
        ev.span(node, frame.module),
        helps="is the source root right? it can be set with --source-root",
    )
    return Symbol(dotted)


def imported_module(ev: Evaluator, node: ast.ImportFrom, frame: Frame) -> Value:
    if not node.level:
        return import_name(ev, node.module or "", node, frame)
    module = frame.module
    location = module.file.location if module.file else None
    if location is None:
        return Unknown(ev.span(node, module), "a relative import outside of a file")
    folder = location.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    init = folder / "__init__.py"
    parts = (node.module or "").split(".") if node.module else []
    target = folder
    for part in parts:
        target = target / part
    if not parts:
        if ev.project.disk.is_file(init):
            return load_file(ev, init)
        found = Found(ev.project.module_name(init), folder, True, True)
        return _load_found(ev, found)
    for candidate in (target / "__init__.py", target.with_name(target.name + ".py")):
        if ev.project.disk.is_file(candidate):
            return load_file(ev, candidate)
    if ev.project.disk.is_folder(target):
        return _load_found(ev, Found(ev.project.module_name(target / "__init__.py"), target, True, True))
    dotted = ev.project.module_name(target.with_name(f"{target.name}.py"))
    return _missing(ev, "." * node.level + (node.module or ""), dotted, node, frame)


def submodule(ev: Evaluator, package: Module, name: str) -> Value:
    folder = package.file.location.parent if package.file else _folder(ev, package)
    if folder is None or (package.file and not package.package):
        return MISSING
    for candidate in (folder / name / "__init__.py", folder / f"{name}.py"):
        if ev.project.disk.is_file(candidate):
            return load_file(ev, candidate)
    if ev.project.disk.is_folder(folder / name) and ev.project.finder.holds_python(folder / name):
        return _load_found(ev, Found(f"{package.name}.{name}", folder / name, True, True))
    return MISSING


def _folder(ev: Evaluator, package: Module) -> Path | None:
    return next((path for path, module in ev._modules.items() if module is package), None)


def native_attribute(ev: Evaluator, source: NativeObject, name: str, node: ast.AST, frame: Frame) -> Value:
    try:
        return source.get_attribute(name, Context(ev, node, frame.module))
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return MISSING
        raise


def module_attribute(ev: Evaluator, module: Module, name: str) -> Value:
    """`module.name`: a name of its top level, or a submodule (whether imported already is not asked)."""
    value = get(ev, module, name)
    return submodule(ev, module, name) if value is MISSING else value
