"""Import statements: which modules they run, and what each of their names binds.

The rules are those of the import system (https://docs.python.org/3/reference/import.html): packages run before what is
in them, a submodule becomes an attribute of its package once it has run, and a `from` import takes an attribute or else
a submodule.
"""

from __future__ import annotations

import ast
from pathlib import Path

from zencompile.frontend import prelude, standard_names
from zencompile.frontend.evaluator import modules, search
from zencompile.frontend.evaluator.assignment import bind
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame, bound_by_import
from zencompile.frontend.project import Found
from zencompile.frontend.values import (
    MISSING,
    Context,
    Module,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
)


def import_statement(ev: Machine, node: ast.Import, frame: Frame) -> None:
    for alias in node.names:
        value = import_name(ev, alias.name, node, frame)
        is_missing = getattr(value, "is_missing", None)
        why = is_missing() if is_missing is not None else ""
        if why:
            raise ev.raised(ModuleNotFoundError(why), alias, frame)
        _notice_circle(ev, value)
        if alias.asname is None:
            bind(ev, alias.name.partition(".")[0], _top(ev, alias.name, value, node, frame), node, frame)
        else:
            bind(ev, alias.asname, _aliased(ev, alias.name, value), node, frame)


def _top(ev: Machine, dotted: str, value: Value, node: ast.AST, frame: Frame) -> Value:
    """What `import a.b` binds: `a`."""
    top, _, rest = dotted.partition(".")
    return import_name(ev, top, node, frame) if rest else value


def _aliased(ev: Machine, dotted: str, value: Value) -> Value:
    """What `import a.b as c` binds: the attribute `b` of `a`, where `a` has one of its own by that name."""
    parent, _, last = dotted.rpartition(".")
    package = ev.modules.get(parent)
    if package is None or not isinstance(value, Module):
        return value
    return ev.state(package).values.get(last, value)


def import_from_statement(ev: Machine, node: ast.ImportFrom, frame: Frame) -> None:
    source = imported_module(ev, node, frame)
    for alias in node.names:
        if alias.name == "*":
            _import_star(ev, source, node, frame)
        else:
            value = _member(ev, source, alias, node, frame)
            bind(ev, alias.asname or alias.name, value, node, frame)


# which module


def imported_module(ev: Machine, node: ast.ImportFrom, frame: Frame) -> Value:
    """The module that a `from` import takes its names from, after it has run."""
    if not node.level:
        return import_name(ev, node.module or "", node, frame)
    return _relative(ev, node, frame)


def import_file(ev: Machine, module: Module) -> None:
    """Import a file by its name from the source root, as another module would."""
    node = module.tree or ast.Module([], [])
    parent = module.name.rpartition(".")[0]
    if parent and module.file is not None:
        package = import_name(ev, parent, node, ev.state(module).frame)
        if isinstance(package, Module):
            submodule(ev, package, module.name.rpartition(".")[2], ev.state(module).frame)
    modules.run(ev, module)


def import_name(ev: Machine, dotted: str, node: ast.AST, frame: Frame) -> Value:
    """The module of an absolute dotted name, after it has run: of the project, a model, or a Symbol."""
    known = ev.modules.get(dotted)
    if known is not None:
        return known
    from_framework = ev.provider.module(dotted)
    if from_framework is not None:
        return from_framework
    top, _, rest = dotted.partition(".")
    module = _project_top(ev, top, dotted, node, frame)
    if module is not None:
        return _descend(ev, module, rest, dotted, node, frame)
    if standard_names.is_missing(dotted, ev.python) and not ev.project.declares(top):
        error = ModuleNotFoundError(f"No module named '{dotted}'")
        raise Raised(error, ev.span(node, frame.module), standard_names.advice_on_module(dotted, ev.python))
    value = native(ev, dotted)
    if value is not MISSING:
        return value
    if top in ev.absent:
        raise ev.raised(ModuleNotFoundError(f"No module named '{top}'"), node, frame)
    if not ev.uncertain:
        ev.required.add(top)
    return Symbol(dotted)


def _project_top(ev: Machine, top: str, dotted: str, node: ast.AST, frame: Frame) -> Module | None:
    """The module or package of the project that a dotted name begins with, after it has run."""
    known = ev.modules.get(top)
    if known is None:
        importer = frame.module.file.location if frame.module.file else None
        search.extend(ev)
        found = ev.project.find(top, importer)
        if found is None or (found.namespace and _means_a_library(ev, dotted, importer)):
            return None
        if ev.project.depends_on_the_build(top):
            _built_in_somewhere(ev, top, node, frame)
        known = modules.register(ev, top, found)
    if not isinstance(known, Module):  # the program has put something else there
        return None
    modules.run(ev, known)
    return known


def _means_a_library(ev: Machine, dotted: str, importer: Path | None) -> bool:
    """Whether a name below a folder without `__init__.py` is not in that folder: an installed package is meant."""
    return native(ev, dotted) is not MISSING or ev.project.find(dotted, importer) is None


def _descend(ev: Machine, module: Module, rest: str, dotted: str, node: ast.AST, frame: Frame) -> Value:
    """The module below a package, after all on the way have run."""
    for part in rest.split(".") if rest else ():
        below = submodule(ev, module, part, frame)
        if below is None:
            if module.file is None:
                return Symbol(dotted)
            if module.broken:
                return Unknown(ev.span(node, frame.module), f"`{module.name}` can't be read", reported=True)
            return missing(ev, dotted, dotted, node, frame)
        module = below
    return module


def submodule(ev: Machine, package: Module, name: str, frame: Frame) -> Module | None:
    """The module of that name in a package, after it has run; None if there is none."""
    dotted = f"{package.imported_as or package.name}.{name}"
    known = ev.modules.get(dotted)
    if known is None:
        found = _find_below(ev, package, name, dotted, frame)
        if found is None:
            return None
        known = modules.register(ev, dotted, found)
    if not ev.state(known).started:
        modules.run(ev, known)
        ev.touch(package)
        ev.state(package).values[name] = known
    return known


def _find_below(ev: Machine, package: Module, name: str, dotted: str, frame: Frame) -> Found | None:
    if package.file is None:
        importer = frame.module.file.location if frame.module.file else None
        found: Found | None = ev.project.find(dotted, importer)
        return found or (ev.project.child(package.folder, name, dotted) if package.folder else None)
    if not package.package:
        return None
    below: Found | None = ev.project.child(package.file.location.parent, name, dotted)
    return below


def _relative(ev: Machine, node: ast.ImportFrom, frame: Frame) -> Value:
    module = frame.module
    location = module.file.location if module.file else None
    if location is None:
        return Unknown(ev.span(node, module), "a relative import outside of a file")
    if not modules.package_of(module):
        raise ev.raised(ImportError("attempted relative import with no known parent package"), node, frame)
    folder = location.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    base = _package_at(ev, module, folder, node.level - 1)
    written = "." * node.level + (node.module or "")
    for part in node.module.split(".") if node.module else ():
        below = submodule(ev, base, part, frame)
        if below is None:
            if base.broken:
                return Unknown(ev.span(node, module), f"`{base.name}` can't be read", reported=True)
            return missing(ev, written, f"{base.imported_as or base.name}.{part}", node, frame)
        base = below
    return base


def _package_at(ev: Machine, module: Module, folder: Path, climbed: int) -> Module:
    """The package of a folder that a relative import begins with, after it has run."""
    parts = modules.package_of(module).split(".")
    names = parts[: len(parts) - climbed]
    found = ev.project.package(folder, ".".join(names))
    name = found.name if names and names[0] else ev.project.module_name(folder / "__init__.py")
    package = modules.register(ev, name, found)
    modules.run(ev, package)
    return package


def _built_in_somewhere(ev: Machine, top: str, node: ast.AST, frame: Frame) -> None:
    """Say that a module of the project and one of the standard library are told apart by how Python was built."""
    ev.report.error(
        "ZC0109",
        f"`{top}` is a module of the project and one of the standard library, and which one is meant depends on Python",
        ev.span(node, frame.module),
        label="some builds of Python have it built in, and then it stands before the project's",
        helps="give the project's module another name",
    )


def missing(ev: Machine, written: str, dotted: str, node: ast.AST, frame: Frame) -> Value:
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


# models


def native(ev: Machine, dotted: str) -> Value:
    """The framework's or the standard library's model of a module, or MISSING."""
    if dotted in ev.natives:
        return ev.natives[dotted]
    value = ev.provider.module(dotted)
    if value is None:
        value = prelude.module(dotted)
    found = ev.natives[dotted] = MISSING if value is None else value
    return found


# which names


def _member(ev: Machine, source: Value, alias: ast.alias, node: ast.ImportFrom, frame: Frame) -> Value:
    name = alias.name
    if isinstance(source, Module):
        return _member_of_module(ev, source, alias, frame)
    if isinstance(source, (Symbol, NativeObject)):
        lacks = getattr(source, "lacks", None)
        why = lacks(name) if lacks is not None else ""
        if why:
            raise ev.raised(ImportError(why), alias, frame)
        value = _member_of_library(ev, source, name, node, frame)
        lacks = standard_names.lacks if isinstance(value, Symbol) else standard_names.differs
        if node.module and lacks(node.module, name, ev.python):
            raise _cannot_import(ev, node.module, alias, frame)
        return value
    if isinstance(source, Unknown) and source.reported:
        return source
    return Unknown(ev.span(node, frame.module), f"`{name}` comes from a module that is not known")


def _cannot_import(ev: Machine, module: str, alias: ast.alias, frame: Frame) -> Raised:
    error = ImportError(f"cannot import name '{alias.name}' from '{module}'")
    return Raised(error, ev.span(alias, frame.module), standard_names.advice(module, alias.name, ev.python))


def _member_of_library(ev: Machine, source: Value, name: str, node: ast.ImportFrom, frame: Frame) -> Value:
    if isinstance(source, Symbol):
        return Symbol(f"{source.path}.{name}")
    value = modules.native_attribute(ev, source, name, Context(ev, node, frame.module))
    if (value is MISSING or isinstance(value, Symbol)) and node.module:
        nested = native(ev, f"{node.module}.{name}")
        if nested is not MISSING:
            return nested
    return Symbol(f"{node.module}.{name}") if value is MISSING else value


def _member_of_module(ev: Machine, source: Module, alias: ast.alias, frame: Frame) -> Value:
    value = _own_name(ev, source, alias.name)
    if value is not MISSING:
        _notice_circle(ev, source)
        return value
    below = submodule(ev, source, alias.name, frame)
    if below is not None:
        _notice_circle(ev, below)
        return below
    _notice_circle(ev, source)
    if source.broken:
        return Unknown(ev.span(alias, frame.module), f"`{source.name}` can't be read", reported=True)
    if source.file is None:  # a folder of the project may stand before an installed package of the same name
        return Symbol(f"{source.name}.{alias.name}")
    place, why = f"'{source.name}'", ""
    if ev.state(source).running:
        place, why = f"partially initialized module {place}", " (most likely due to a circular import)"
    text = f"cannot import name '{alias.name}' from {place}{why}"
    raise ev.raised(ImportError(text), alias, frame)


def _notice_circle(ev: Machine, module: Value) -> None:
    """Remember that something was taken from a module that has not run to its end."""
    if isinstance(module, Module) and module.state is not None and module.state.running:
        ev.circles = True


def _own_name(ev: Machine, module: Module, name: str) -> Value:
    """A name of a module, or MISSING; the module's own `__getattr__` may say that there is none."""
    try:
        return modules.get(ev, module, name)
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return MISSING
        raise


# star imports


def _import_star(ev: Machine, source: Value, node: ast.ImportFrom, frame: Frame) -> None:
    if isinstance(source, Module):
        _star_of_module(ev, source, node, frame)
    elif isinstance(source, NativeObject):
        _star_of_model(ev, source, node, frame)
    else:
        ev.state(frame.module).open_stars.append(source)


def _star_of_module(ev: Machine, source: Module, node: ast.ImportFrom, frame: Frame) -> None:
    state = ev.state(source)
    listed = _all_of(ev, source)
    if listed is MISSING:
        found = {name: value for name, value in state.values.items() if not name.startswith("_")}
    else:
        names = ev.plain(listed, Context(ev, node, frame.module))
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            ev.state(frame.module).open_stars.append(ev.unknown(node, frame, "what `__all__` lists is not known"))
            return
        found = {name: _listed_name(ev, source, name, node, frame) for name in names}
    for name, value in found.items():
        bind(ev, name, value, node, frame)
    if listed is MISSING:
        outer = ev.state(frame.module)
        outer.open_stars.extend(state.open_stars)
        outer.failure = outer.failure or state.failure


def _all_of(ev: Machine, module: Module) -> Value:
    """What `__all__` is, which the module's `__getattr__` is asked for, too; or MISSING."""
    values = ev.state(module).values
    hook = values.get("__getattr__", MISSING)
    if "__all__" in values or hook is MISSING:
        return values.get("__all__", MISSING)
    try:
        return ev.call_value(hook, ["__all__"], {}, ev.context(module))
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return MISSING
        raise


def _listed_name(ev: Machine, source: Module, name: str, node: ast.ImportFrom, frame: Frame) -> Value:
    value = _own_name(ev, source, name)
    if value is not MISSING:
        return value
    below = submodule(ev, source, name, frame)
    if below is not None:
        return below
    raise ev.raised(AttributeError(f"module '{source.name}' has no attribute '{name}'"), node, frame)


def _star_of_model(ev: Machine, source: NativeObject, node: ast.ImportFrom, frame: Frame) -> None:
    """Of the standard library what it exports; of another model what is modelled, and all else on request."""
    listed = prelude.exported(node.module) if not node.level else None
    exports = getattr(source, "exports", None)
    names = listed if listed is not None else [n for n in getattr(source, "namespace", ()) if not n.startswith("_")]
    for name in sorted(names):
        if exports is not None and not exports(name):
            continue
        value = modules.native_attribute(ev, source, name, Context(ev, node, frame.module))
        if value is not MISSING:
            bind(ev, name, value, node, frame)
    if listed is None:
        ev.state(frame.module).open_stars.append(source)


# annotations


def type_checking_import(ev: Machine, name: str, frame: Frame) -> Value:
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
