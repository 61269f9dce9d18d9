"""Import statements: what each of their names binds."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.assignment import bind
from zencompile.frontend.evaluator.modules import (
    NO_LIMIT,
    get,
    import_name,
    imported_module,
    native,
    native_attribute,
    run_unit,
    submodule,
)
from zencompile.frontend.evaluator.scopes import Frame, Unit, bound_by_import
from zencompile.frontend.values import MISSING, Module, NativeObject, Raised, Symbol, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


_BINDING = re.compile(r"\bglobals\(\)|\bvars\(\)|\blocals\(\)|\bsetattr\(sys\.modules|\bexec\(")


def import_statement(ev: Evaluator, node: ast.Import, frame: Frame) -> None:
    for alias in node.names:
        if alias.asname:
            value = import_name(ev, alias.name, node, frame)
            bind(ev, alias.asname, value, node, frame)
            continue
        top = alias.name.partition(".")[0]
        value = import_name(ev, top, node, frame)
        if "." in alias.name:
            import_name(ev, alias.name, node, frame)
        bind(ev, top, value, node, frame)


def import_from_statement(ev: Evaluator, node: ast.ImportFrom, frame: Frame) -> None:
    for alias in node.names:
        import_alias(ev, node, alias, frame)


def import_alias(ev: Evaluator, node: ast.ImportFrom, alias: ast.alias, frame: Frame) -> None:
    if alias.name == "*":
        state = ev.state(frame.module)
        if not any(unit.node is node for unit in state.stars):
            state.stars.append(Unit(NO_LIMIT, node, alias))  # inside a block: it binds from now on
        return
    source = imported_module(ev, node, frame)
    value = _import_member(ev, source, alias.name, alias, node, frame)
    bind(ev, alias.asname or alias.name, value, node, frame)


def _import_member(
    ev: Evaluator, source: Value, name: str, alias: ast.alias, node: ast.ImportFrom, frame: Frame
) -> Value:
    if isinstance(source, Module):
        if source is frame.module and frame is ev.state(source).frame:
            value = submodule(ev, source, name)  # `from . import x` in the package's own `__init__`
            if value is not MISSING:
                return value
        value = _got(ev, source, name)
        if value is MISSING:
            value = submodule(ev, source, name)
        if value is not MISSING:
            return value
        if source.broken:
            return Unknown(ev.span(alias, frame.module), f"`{source.name}` can't be read", reported=True)
        if source.file is None:  # a folder of the project may stand before an installed package of the same name
            return Symbol(f"{source.name}.{name}")
        if _being_bound(ev, source, name):
            return Unknown(ev.span(alias, frame.module), f"`{name}` is imported in a circle")
        if source.file is not None and _BINDING.search(source.file.text):
            value = _bound_by_running(ev, source, name)
            if value is not MISSING:
                return value
            return Unknown(ev.span(alias, frame.module), f"`{source.name}` binds names as it runs")
        text = f"cannot import name '{name}' from '{source.name}'"
        raise ev.raised(ImportError(text), alias, frame)
    if isinstance(source, Symbol):
        return Symbol(f"{source.path}.{name}")
    if isinstance(source, NativeObject):
        value = native_attribute(ev, source, name, node, frame)
        if (value is MISSING or isinstance(value, Symbol)) and node.module:
            nested = native(ev, f"{node.module}.{name}")
            if nested is not MISSING:
                return nested
        return Symbol(f"{node.module}.{name}") if value is MISSING else value
    return Unknown(ev.span(node, frame.module), f"`{name}` comes from a module that is not known")


def _got(ev: Evaluator, module: Module, name: str) -> Value:
    """A name of a module, or MISSING; the module's own `__getattr__` may say that there is none."""
    try:
        return get(ev, module, name)
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return MISSING
        raise


def _bound_by_running(ev: Evaluator, module: Module, name: str) -> Value:
    """What a statement such as `globals()[name] = …` binds, once those of the module's top level have run."""
    state = ev.state(module)
    for unit in state.units:
        if unit.state == 0 and name not in state.values and _BINDING.search(ast.unparse(unit.node)):
            run_unit(ev, module, state, unit)
    return state.values.get(name, MISSING)


def _being_bound(ev: Evaluator, module: Module, name: str) -> bool:
    state = ev.state(module)
    return any(unit.state == 1 for unit in state.needs.get(name, ())) or any(u.state == 1 for u in state.stars)


def type_checking_import(ev: Evaluator, name: str, frame: Frame) -> Value:
    """A name that only `if TYPE_CHECKING:` imports: annotations may use it."""
    tree = frame.module.tree
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for statement in node.body:
                if isinstance(statement, (ast.Import, ast.ImportFrom)) and name in bound_by_import(statement):
                    scope = Frame(frame.module, {})
                    run = import_statement if isinstance(statement, ast.Import) else import_from_statement
                    run(ev, statement, scope)  # type: ignore[arg-type]
                    return scope.values.get(name, MISSING)
    return MISSING
