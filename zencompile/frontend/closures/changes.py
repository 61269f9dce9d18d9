"""Which objects of the project a top-level statement may change by what it executes, and under which names they go.

A call may change what it is given and what it is a method of; so may a loop over it. Operators, items and templates
change what acts on them: objects of the project's classes, iterators. Whatever holds an object, or is another name for
it, is changed with it. Values that nothing can change are no matter.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from zencompile.frontend.closures import names
from zencompile.frontend.closures.modules import Unit
from zencompile.frontend.closures.resolve import Name, Resolver
from zencompile_runtime.canonical import DEFINITIONS, Definition

_METHODS = """
    as_posix capitalize casefold copy count decode encode endswith exists expanduser format get getLogger group index
    is_dir is_file isdigit items join joinpath keys lower lstrip match partition read_bytes read_text removeprefix
    removesuffix replace resolve rpartition rsplit rstrip split splitlines startswith strip title union upper values
    with_name with_suffix
"""
_FUNCTIONS = """
    abs bool bytes bytearray complex dict divmod float format frozenset getattr hasattr int isinstance issubclass object
    open print property range repr reversed round set slice staticmethod classmethod str super type vars
"""
_CONSUMING = """
    all any bool dict enumerate filter frozenset list map max min next reversed set sorted str sum tuple zip
"""
_ITERATORS = """
    chain count cycle defaultdict enumerate filter iter islice map open reversed starmap zip
"""
_ACTING = frozenset(_ITERATORS.split())
"""What makes objects that looking at them changes, of Python and its library."""
_CONSUMERS = frozenset(_CONSUMING.split())
_HARMLESS_METHODS = frozenset(_METHODS.split())
_HARMLESS = names.HARMLESS | frozenset(_FUNCTIONS.split())


def changed_by_calls(unit: Unit, resolver: Resolver) -> Iterator[Name]:
    """The names of what a statement's calls are given, or are methods of, with the other names of those objects."""
    calls_ours = any(_ours(unit, use, resolver) for use in unit.names.uses if use.flags & names.CALLED)

    def holds_only(owner: tuple[str, tuple[str, ...]]) -> bool:
        """Whether a name stands for a list, a dictionary or a set, whose methods do nothing to what they are given."""
        targets = [one for one in resolver.chain(unit.module, *owner) if isinstance(one, Name)]
        return bool(targets) and not owner[1] and all(map(_is_container, targets))

    for root, attributes in _touched(unit.node, holds_only):
        for target in resolver.chain(unit.module, root, attributes):
            if isinstance(target, Name) and _can_change(target, calls_ours):
                yield from _with_others(target, resolver)
    for root, attributes in _looked_at(unit.node):
        for target in resolver.chain(unit.module, root, attributes):
            if isinstance(target, Name) and _acts(target, resolver):
                yield from _with_others(target, resolver)


def called(use: names.Use, target: Name, resolver: Resolver) -> Iterator[Name]:
    """All names of what is called under a name that no definition binds: another name of a method, an object."""
    if use.attributes and use.attributes[-1] in _HARMLESS_METHODS:
        return
    objects = any(not isinstance(unit.node, DEFINITIONS) for unit in target.module.binders(target.name))
    if objects and _can_change(target, False):
        yield from _with_others(target, resolver)


def by_other_name(target: Name, resolver: Resolver) -> Iterator[Name]:
    """Whose method a name stands for, with its other names: `put = TABLE.__setitem__`."""
    values = (getattr(unit.node, "value", None) for unit in target.module.binders(target.name))
    if any(isinstance(value, ast.Attribute) for value in values):
        yield from _with_others(target, resolver)


def executed(node: ast.stmt) -> Iterator[ast.AST]:
    """The nodes that executing a statement evaluates; decorators are told apart, and bodies of functions left out."""
    todo: list[ast.AST] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, ast.ClassDef):
            todo += [*item.decorator_list, *item.bases, *item.keywords, *item.body]
        elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            todo += [*item.decorator_list, item.args, *([item.returns] if item.returns else [])]
        elif isinstance(item, ast.Lambda):
            todo.append(item.args)
        else:
            yield item
            todo.extend(ast.iter_child_nodes(item))


def _ours(unit: Unit, use: names.Use, resolver: Resolver) -> bool:
    return any(isinstance(one, Name) for one in resolver.chain(unit.module, use.root, use.attributes))


def others(target: Name, resolver: Resolver) -> Iterator[Name]:
    """The other names of what a name that a statement changes stands for."""
    yield from (one for one in _with_others(target, resolver) if one != target)


def _is_container(target: Name) -> bool:
    assigned = [unit.node for unit in target.module.binders(target.name) if target.name in unit.binds]
    return bool(assigned) and all(isinstance(getattr(one, "value", None), _CONTAINERS) for one in assigned)


_CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_Chain = tuple[str, tuple[str, ...]]


def _touched(node: ast.stmt, holds_only: Callable[[_Chain], bool]) -> Iterator[_Chain]:
    """What calls are given or belong to, as chains of names."""
    for definition in _definitions(node):
        for decorator in definition.decorator_list:
            yield from _of_call(_as_call(decorator), holds_only)
    for item in executed(node):
        if isinstance(item, ast.Call):
            yield from _of_call(item, holds_only)
        elif isinstance(item, ast.AugAssign):
            yield from _held(item.target)


def _definitions(node: ast.stmt) -> Iterator[Definition]:
    """The definitions that executing a statement makes."""
    todo: list[ast.stmt] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, DEFINITIONS):
            yield item
        if not isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            todo += [one for one in ast.iter_child_nodes(item) if isinstance(one, ast.stmt)]


def _looked_at(node: ast.stmt) -> Iterator[_Chain]:
    """What operators, items, loops and templates look at, and functions that go through what they are given."""
    for item in executed(node):
        if isinstance(item, (ast.BinOp, ast.AugAssign)):
            sides = [item.left, item.right] if isinstance(item, ast.BinOp) else [item.target, item.value]
            yield from (found for side in sides for found in _held(side))
        elif isinstance(item, ast.Compare):
            yield from (found for side in (item.left, *item.comparators) for found in _held(side))
        elif isinstance(item, (ast.Subscript, ast.Starred, ast.FormattedValue, ast.UnaryOp)):
            yield from _held(item.operand if isinstance(item, ast.UnaryOp) else item.value)
        elif isinstance(item, (ast.For, ast.AsyncFor, ast.comprehension)):
            yield from _held(item.iter)
        elif isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id in _CONSUMERS:
            yield from (found for one in item.args for found in _held(one))
        elif isinstance(item, ast.Assign) and any(isinstance(one, (ast.Tuple, ast.List)) for one in item.targets):
            yield from _held(item.value)
    for definition in _definitions(node):
        for statement in definition.body if isinstance(definition, ast.ClassDef) else ():
            if isinstance(statement, ast.Assign):  # an object may be told that it is put into a class
                yield from _held(statement.value)


def _acts(target: Name, resolver: Resolver) -> bool:
    """Whether looking at what a name stands for may do something: at an object that the project's code makes, at an
    iterator, at a class that answers for itself.
    """
    for unit in target.module.binders(target.name):
        if isinstance(unit.node, ast.ClassDef):
            names_in = {one.name for one in unit.node.body if isinstance(one, ast.FunctionDef)}
            if unit.node.keywords or unit.node.bases or "__class_getitem__" in names_in:
                return True
        elif not isinstance(unit.node, DEFINITIONS):
            value = getattr(unit.node, "value", None)
            if isinstance(value, ast.GeneratorExp) or not isinstance(unit.node, (ast.Assign, ast.AnnAssign)):
                return True
            if any(_makes_acting(one, unit, resolver) for one in executed(unit.node) if isinstance(one, ast.Call)):
                return True
    return False


def _makes_acting(call: ast.Call, unit: Unit, resolver: Resolver) -> bool:
    found = names.chain(call.func)
    if found is None:
        return True
    if (found[1] or (found[0],))[-1] in _ACTING:
        return True
    return any(isinstance(one, Name) for one in resolver.chain(unit.module, *found))


def _as_call(decorator: ast.expr) -> ast.Call:
    """A decorator is called, whether it has brackets or not."""
    return decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])


def _of_call(call: ast.Call, holds_only: Callable[[_Chain], bool]) -> Iterator[_Chain]:
    func = call.func
    if isinstance(func, ast.Attribute):
        if func.attr in _HARMLESS_METHODS:
            return
        owner = names.chain(_inner(func.value))
        if owner is not None:
            yield owner
            if holds_only(owner):
                return
    elif isinstance(func, ast.Name) and func.id in _HARMLESS:
        return
    for one in [*call.args, *(keyword.value for keyword in call.keywords)]:
        yield from _held(one)


def _held(node: ast.expr) -> Iterator[_Chain]:
    """The chains of names that a value is, or holds."""
    inner = _inner(node)
    found = names.chain(inner)
    if found is not None:
        yield found
    elif isinstance(inner, (ast.List, ast.Tuple, ast.Set)):
        for one in inner.elts:
            yield from _held(one)
    elif isinstance(inner, ast.Dict):
        for one in inner.values:
            yield from _held(one)
    elif isinstance(inner, ast.IfExp):
        yield from _held(inner.body)
        yield from _held(inner.orelse)
    elif isinstance(inner, ast.BoolOp):
        for one in inner.values:
            yield from _held(one)
    elif isinstance(inner, ast.Call):
        yield from _of_call(inner, lambda _: False)


def _inner(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Subscript, ast.Starred)):
        node = node.value
    return node


def _can_change(target: Name, calls_ours: bool) -> bool:
    """Whether a name stands for something that can be changed; functions and classes only by code of the project."""
    return any(_is_mutable(unit.node, calls_ours) for unit in target.module.binders(target.name))


def _is_mutable(node: ast.stmt, calls_ours: bool) -> bool:
    if isinstance(node, DEFINITIONS):
        return calls_ours
    value = getattr(node, "value", None)
    if isinstance(value, ast.Lambda):
        return any(not isinstance(one, ast.Constant) for one in value.args.defaults)
    return not isinstance(value, (ast.Constant, ast.JoinedStr, ast.Compare, ast.UnaryOp))


def _with_others(target: Name, resolver: Resolver) -> Iterator[Name]:
    seen = {target}
    todo = [target]
    while todo:
        one = todo.pop()
        yield one
        for unit in one.module.binders(one.name):
            if isinstance(unit.node, DEFINITIONS) or one.name not in unit.binds:
                continue
            for name in unit.binds:
                if Name(unit.module, name) not in seen:
                    seen.add(Name(unit.module, name))
                    todo.append(Name(unit.module, name))
            for root, attributes in _sources(unit.node):
                for found in resolver.chain(unit.module, root, attributes):
                    if isinstance(found, Name) and found not in seen and _can_change(found, False):
                        seen.add(found)
                        todo.append(found)


def _sources(node: ast.AST) -> Iterator[_Chain]:
    """What the names that a statement binds may stand for, or hold."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and inner.value is not None:
            yield from _held(inner.value)
        elif isinstance(inner, (ast.For, ast.AsyncFor, ast.comprehension)):
            yield from _held(inner.iter)
        elif isinstance(inner, ast.withitem):
            yield from _held(inner.context_expr)
