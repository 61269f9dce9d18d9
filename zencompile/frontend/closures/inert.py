"""Modules of which executing does nothing but bind names.

Only there does a step depend on nothing but what its code names. What is known here is what surely does nothing;
whatever else a module executes may change what the step's code names, under any name, in the order in which it stands.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from zencompile.frontend.closures import known, names
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.resolve import External, Name, Resolver, Target
from zencompile.frontend.libraries import FRAMEWORKS
from zencompile_runtime.canonical import form


class Kind(IntEnum):
    """What evaluating an expression does and gives."""

    ACTING = 0
    """It may do something."""
    OPAQUE = 1
    """It does nothing. Whoever looks at its value may run code of the project."""
    TYPE = 2
    """Its value is a class, or holds some: items of it and alternatives do nothing."""
    PLAIN = 3
    """Nothing that is done with its value runs code of the project, or changes it, but for methods that do."""


_KNOWN = {
    path: kind
    for paths, kind in ((known.PLAIN, Kind.PLAIN), (known.TYPES, Kind.TYPE), (known.OPAQUE, Kind.OPAQUE))
    for path in paths
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOCAL = (*_FUNCTIONS, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)
"""What a function may execute besides; neither imports nor names of its module."""
_OWN_ATTRIBUTES = frozenset({"__file__", "__name__", "__doc__", "__package__", "__spec__", "__path__"})


class _Scope(NamedTuple):
    """Where an expression stands: in a module, and below what binds these names."""

    module: Module
    local: Mapping[str, Kind]
    functions: Mapping[str, _Function] = MappingProxyType({})

    def with_names(self, found: Mapping[str, Kind]) -> _Scope:
        kept = {name: one for name, one in self.functions.items() if name not in found}
        return self._replace(local={**self.local, **found}, functions=kept)

    def with_function(self, node: ast.FunctionDef) -> _Scope:
        return self._replace(functions={**self.functions, node.name: _Function(node, self)})

    def least(self, other: _Scope) -> _Scope:
        """What holds after one of two ways."""
        local = {name: min(kind, other.local.get(name, kind)) for name, kind in self.local.items()}
        both = {name: one for name, one in self.functions.items() if other.functions.get(name) == one}
        return self._replace(local={**other.local, **local}, functions=both)


class _Function(NamedTuple):
    """A function, and where it is defined."""

    node: ast.FunctionDef
    scope: _Scope


class _Course(NamedTuple):
    """What executing a function does and gives, the names that it has bound then, and its `return`s."""

    result: Kind
    scope: _Scope
    returns: list[ast.Return]


class _Family(NamedTuple):
    """A class, and the project's classes above it."""

    classes: list[ast.ClassDef]
    is_enum: bool

    @property
    def methods(self) -> set[str]:
        return set().union(*map(_methods, self.classes))


class Inert:
    """Tells which modules are inert; each statement is looked at once.

    Every answer supposes that all else that is executed is inert, too: the values of names are what their statements
    say.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._modules: dict[Module, bool] = {}
        self._names: dict[Name, Kind] = {}
        self._courses: dict[tuple[int, Kind], _Course] = {}
        self._values: dict[type[ast.AST], Callable[[ast.expr, _Scope], Kind]] = {
            ast.Attribute: self._attribute,
            ast.BoolOp: self._operands,
            ast.BinOp: self._binary,
            ast.Call: self._call,
            ast.Compare: self._operands,
            ast.Constant: lambda _value, _scope: Kind.PLAIN,
            ast.Dict: self._dictionary,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._generator,
            ast.IfExp: self._choice,
            ast.JoinedStr: self._template,
            ast.Lambda: self._lambda,
            ast.List: self._display,
            ast.ListComp: self._comprehension,
            ast.Name: self._name,
            ast.NamedExpr: lambda value, scope: self._value(value.value, scope),  # type: ignore[attr-defined]
            ast.Set: self._operands,
            ast.SetComp: self._comprehension,
            ast.Slice: self._operands,
            ast.Subscript: self._item,
            ast.Tuple: self._display,
            ast.UnaryOp: self._operands,
        }

    def holds(self, module: Module) -> bool:
        """Whether executing a module does nothing but bind names."""
        found = self._modules.get(module)
        if found is None:
            scope = _Scope(module, {})
            found = (
                "__getattr__" not in module.bound
                and all(self._statement(unit.node, scope) or self.resolver.runs_pipeline(unit) for unit in module.units)
                and not self._has_rivals(module)
            )
            self._modules[module] = found
        return found

    def annotations(self, module: Module) -> list[str]:
        """The forms of the annotations of functions that may do something when they are evaluated, where not all
        that is executed is inert.
        """
        scope = _Scope(module, {})
        todo: list[ast.AST] = [unit.node for unit in module.units]
        found: list[str] = []
        while todo:
            node = todo.pop()
            if isinstance(node, _FUNCTIONS):
                found += [form(one) for one in _annotations(node) if self._looks_at_ours(one, scope)]
            elif isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                todo += ast.iter_child_nodes(node)
        return sorted(found)

    def _looks_at_ours(self, annotation: ast.expr, scope: _Scope) -> bool:
        """Whether evaluating it asks an object of the project for an item, an attribute or a result."""
        if not self._value(annotation, scope):
            return True
        for node in ast.walk(annotation):
            asked = [node.left, node.right] if isinstance(node, ast.BinOp) else []
            asked += [node.value] if isinstance(node, (ast.Subscript, ast.Attribute)) else []
            if any(isinstance(target, Name) for one in asked for target in self._targets(one, scope)):
                return True
        return False

    def _has_rivals(self, module: Module) -> bool:
        """Whether a package binds a name that a module in it takes when it is imported later."""
        if not module.package:
            return False
        loaded = {part for one in module.imports for part in (*one.module.split("."), one.name)}
        names = {*module.bound, *module.aliases} - loaded
        return any(self.resolver.find(f"{module.name}.{name}", module) is not None for name in sorted(names))

    # -- statements

    def _statement(self, node: ast.stmt, scope: _Scope) -> bool:
        if isinstance(node, _FUNCTIONS):
            return self._function(node, scope)
        if isinstance(node, ast.ClassDef):
            return self._class(node, scope)
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.Global)):
            return True
        if isinstance(node, ast.Assign):
            value = self._value(node.value, scope)
            return all(_can_bind(target, value) for target in node.targets)
        if isinstance(node, ast.AnnAssign):
            values = [one for one in (node.annotation, node.value) if one is not None]
            return isinstance(node.target, ast.Name) and self._all(values, scope)
        if isinstance(node, ast.Expr):
            return bool(self._value(node.value, scope))
        if isinstance(node, ast.If):
            return self._value(node.test, scope) is Kind.PLAIN and self._block([*node.body, *node.orelse], scope)
        if isinstance(node, ast.Try):
            handled = [one.type for one in node.handlers if one.type is not None]
            inner = [*node.body, *node.orelse, *node.finalbody, *(one for h in node.handlers for one in h.body)]
            return self._all(handled, scope) and self._block(inner, scope)
        return hasattr(ast, "TypeAlias") and isinstance(node, ast.TypeAlias)

    def _block(self, body: Iterable[ast.stmt], scope: _Scope) -> bool:
        return all(self._statement(one, scope) for one in body)

    def _all(self, values: Iterable[ast.expr], scope: _Scope, least: Kind = Kind.OPAQUE) -> bool:
        return all(self._value(one, scope) >= least for one in values)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> bool:
        defaults = [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        decorated = all(self._marks(one, scope) for one in node.decorator_list)
        return decorated and self._all([*defaults, *_annotations(node)], scope)

    def _marks(self, decorator: ast.expr, scope: _Scope) -> bool:
        """Whether a decorator runs no code of the project, and registers nothing."""
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        arguments = _arguments(decorator) if isinstance(decorator, ast.Call) else []
        if not self._all(arguments, scope):
            return False
        if self.resolver.framework(scope.module, decorator):
            return True
        if isinstance(called, ast.Attribute) and called.attr in ("setter", "getter", "deleter"):
            return isinstance(called.value, ast.Name) and called.value.id in scope.local
        if self._is_listed(called, scope, known.MARKERS):
            return True
        if isinstance(decorator, ast.Call):
            return self._returns_quiet(called, scope, self._least(arguments, scope))
        return bool(self._run(called, scope, Kind.OPAQUE))

    def _is_listed(self, node: ast.expr, scope: _Scope, listed: frozenset[str]) -> bool:
        """Whether something is one of a list, and nothing else."""
        targets = self._targets(node, scope)
        if not targets and isinstance(node, ast.Name):
            return node.id in listed
        return bool(targets) and all(isinstance(one, External) and one.path in listed for one in targets)

    def _targets(self, node: ast.expr, scope: _Scope) -> list[Target]:
        found = names.chain(node)
        return self.resolver.chain(scope.module, *found) if found and found[0] not in scope.local else []

    # -- functions of the project that are called

    def _function_of(self, called: ast.expr, scope: _Scope) -> _Function | None:
        """The function of the project that a name means, if it means nothing else."""
        if isinstance(called, ast.Name) and called.id in scope.functions:
            return scope.functions[called.id]
        targets = self._targets(called, scope)
        if len(targets) != 1 or not isinstance(targets[0], Name) or targets[0].name != _last(called):
            return None
        units = targets[0].module.binders(targets[0].name)
        node = units[0].node if len(units) == 1 else None
        is_bare = isinstance(node, ast.FunctionDef) and not node.decorator_list
        return _Function(node, _outer(targets[0])) if isinstance(node, ast.FunctionDef) and is_bare else None

    def _run(self, called: ast.expr, scope: _Scope, given: Kind) -> Kind:
        """What calling a function of the project does and gives, with arguments that are at least `given`."""
        function = self._function_of(called, scope)
        return Kind.ACTING if function is None else self._course(function, given).result

    def _returns_quiet(self, called: ast.expr, scope: _Scope, given: Kind) -> bool:
        """Whether calling a function, and what it returns with a function then, does nothing."""
        function = self._function_of(called, scope)
        course = None if function is None else self._course(function, given)
        if course is None or not course.result:
            return False
        returned = [one.value for one in course.returns]
        return bool(returned) and all(
            isinstance(one, ast.Name)
            and one.id in course.scope.functions
            and self._course(course.scope.functions[one.id], Kind.OPAQUE).result
            for one in returned
        )

    def _course(self, function: _Function, given: Kind) -> _Course:
        """What executing the body of a function does, once for each kind of arguments."""
        key = (id(function.node), given)
        found = self._courses.get(key)
        if found is None:
            acting = self._courses[key] = _Course(Kind.ACTING, function.scope, [])  # for those that call themselves
            arguments = function.node.args
            defaults = [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]
            least = min(given, self._least(defaults, function.scope))
            if least and not _is_generator(function.node):
                later = dict.fromkeys(_bound_within(function.node), Kind.ACTING)
                scope = function.scope.with_names(later | _parameters(arguments, least))
                acting = self._executed(function.node.body, scope)
            found = self._courses[key] = acting
        return found

    def _least(self, values: Iterable[ast.expr], scope: _Scope) -> Kind:
        return min((self._value(one, scope) for one in values), default=Kind.PLAIN)

    def _executed(self, body: Iterable[ast.stmt], scope: _Scope) -> _Course:
        result = Kind.PLAIN
        returns: list[ast.Return] = []
        for node in body:
            if isinstance(node, ast.Return):
                returns.append(node)
                result = min(result, Kind.PLAIN if node.value is None else self._value(node.value, scope))
            elif isinstance(node, ast.If):
                branches = [self._executed(one, scope) for one in (node.body, node.orelse)]
                scope = branches[0].scope.least(branches[1].scope)
                returns += [one for branch in branches for one in branch.returns]
                result = min(result, self._plain([node.test], scope), *(branch.result for branch in branches))
            elif isinstance(node, _LOCAL) and self._statement(node, scope):
                scope = scope.with_names(dict(self._bound(node, scope)))
                if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                    scope = scope.with_function(node)
            else:
                return _Course(Kind.ACTING, scope, [])
        return _Course(result, scope, returns)

    # -- classes

    def _class(self, node: ast.ClassDef, scope: _Scope) -> bool:
        if not all(self._marks(one, scope) for one in node.decorator_list):
            return False
        if not all(self._is_base(one, scope) for one in node.bases):
            return False
        if not all(self._is_option(one, scope) for one in node.keywords):
            return False
        family = self._family(node, scope)
        if any(map(_hears, family.classes[1:])) or "__class_getitem__" in _methods(node):
            return False
        if family.is_enum and family.methods & known.OF_ENUMS:
            return False
        return self._body(node, scope)

    def _body(self, node: ast.ClassDef, scope: _Scope) -> bool:
        """The statements of a class, with the names that those before have bound."""
        for inner in node.body:
            if not self._statement(inner, scope):
                return False
            scope = scope.with_names(dict(self._bound(inner, scope)))
        return True

    def _is_option(self, keyword: ast.keyword, scope: _Scope) -> bool:
        if keyword.arg == "metaclass":
            targets = self._targets(keyword.value, scope)
            return [one for one in targets if isinstance(one, External)] == targets and bool(targets)
        return isinstance(keyword.value, ast.Constant)

    def _is_base(self, base: ast.expr, scope: _Scope) -> bool:
        """Whether defining a subclass of it runs no code of the project, and registers nothing."""
        if isinstance(base, ast.Subscript):
            return self._is_base(base.value, scope) and bool(self._value(base.slice, scope))
        if self._is_listed(base, scope, known.BASES):
            return True
        targets = self._targets(base, scope)
        return bool(targets) and all(
            one.path.partition(".")[0] in FRAMEWORKS if isinstance(one, External) else bool(_classes(one))
            for one in targets
        )

    def _family(self, node: ast.ClassDef, scope: _Scope) -> _Family:
        """A class with the project's classes above it."""
        found = [node]
        is_enum = False
        todo = [(node, scope)]
        while todo:
            one, where = todo.pop()
            for base in one.bases:
                inner = base.value if isinstance(base, ast.Subscript) else base
                is_enum |= _last(inner).endswith(("Enum", "Flag"))
                for target in self._targets(inner, where):
                    above = [each for each in _classes(target) if each not in found]
                    found += above
                    todo += [(each, _outer(target)) for each in above]
        return _Family(found, is_enum)

    def _is_made_quietly(self, target: Target) -> bool:
        """Whether making an object of a class, and binding it to a name of another, runs no code of the project."""
        classes = _classes(target)
        for node in classes:
            family = self._family(node, _outer(target))
            if any(one.keywords for one in family.classes) or family.methods & known.MAKING:
                return False
            if not all(
                self._is_quiet_factory(one, _outer(target)) for each in family.classes for one in _factories(each)
            ):
                return False
            functions = [one for each in family.classes for one in each.body if isinstance(one, _FUNCTIONS)]
            if any(self._validates(one, _outer(target)) for one in functions):
                return False
        return bool(classes)

    def _is_quiet_factory(self, factory: ast.expr, scope: _Scope) -> bool:
        """Whether what makes a field's default does nothing else: a class of Python's."""
        return isinstance(factory, ast.Name) and factory.id in known.FUNCTIONS and self._is_builtin(factory, scope)

    def _validates(self, function: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> bool:
        called = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
        targets = [target for one in called for target in self._targets(one, scope)]
        return any(isinstance(one, External) and one.path.startswith("pydantic.") for one in targets)

    # -- what names stand for

    def _bound(self, node: ast.stmt, scope: _Scope) -> Iterator[tuple[str, Kind]]:
        """The names that a statement binds, and what they stand for then."""
        if isinstance(node, _FUNCTIONS):
            yield node.name, Kind.OPAQUE
        elif isinstance(node, ast.ClassDef):
            yield node.name, Kind.TYPE
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            value = self._value(node.value, scope) if node.value is not None else Kind.PLAIN
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                whole = isinstance(target, ast.Name)
                yield from ((name, value if whole else min(value, Kind.PLAIN)) for name in _stored(target))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((name, Kind.PLAIN) for name, _ in names.bindings(node))
        elif isinstance(node, (ast.If, ast.Try)):
            for inner in ast.iter_child_nodes(node):
                within = inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
                yield from (found for one in within if isinstance(one, ast.stmt) for found in self._bound(one, scope))

    def _named(self, target: Name) -> Kind:
        found = self._names.get(target)
        if found is None:
            self._names[target] = Kind.OPAQUE  # for those that lead back to it
            kinds = [self._in_unit(unit, target.name) for unit in target.module.binders(target.name)]
            found = self._names[target] = min(kinds, default=Kind.OPAQUE)
        return found

    def _in_unit(self, unit: Unit, name: str) -> Kind:
        kinds = [kind for bound, kind in self._bound(unit.node, _Scope(unit.module, {})) if bound == name]
        return max(min(kinds, default=Kind.OPAQUE), Kind.OPAQUE)

    def _name(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.Name)
        if node.id in scope.local:
            return scope.local[node.id]
        targets = self.resolver.attribute(scope.module, node.id)
        if not targets:
            return Kind.PLAIN if hasattr(builtins, node.id) or node.id in _OWN_ATTRIBUTES else Kind.ACTING
        return min(map(self._target, targets))

    def _target(self, target: Target) -> Kind:
        if isinstance(target, Name):
            return self._named(target)
        if isinstance(target, Module):
            return Kind.OPAQUE
        last = target.path.rpartition(".")[2]
        return Kind.PLAIN if last.isupper() or last == "__version__" or target.path in known.VALUES else Kind.TYPE

    # -- expressions

    def _value(self, node: ast.expr, scope: _Scope) -> Kind:
        found = self._values.get(node.__class__)
        return Kind.ACTING if found is None else found(node, scope)

    def _plain(self, values: Iterable[ast.expr | None], scope: _Scope) -> Kind:
        """PLAIN if all of them are that."""
        given = [one for one in values if one is not None]
        return Kind.PLAIN if self._all(given, scope, Kind.PLAIN) else Kind.ACTING

    def _operands(self, node: ast.expr, scope: _Scope) -> Kind:
        return self._plain((one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)), scope)

    def _binary(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.BinOp)
        kind = min(self._value(node.left, scope), self._value(node.right, scope))
        if isinstance(node.op, ast.BitOr) and kind is Kind.TYPE:
            return kind
        return kind if kind is Kind.PLAIN else Kind.ACTING

    def _display(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, (ast.List, ast.Tuple))
        return min((self._element(one, scope) for one in node.elts), default=Kind.PLAIN)

    def _element(self, node: ast.expr, scope: _Scope) -> Kind:
        return self._plain([node.value], scope) if isinstance(node, ast.Starred) else self._value(node, scope)

    def _dictionary(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.Dict)
        kinds = [Kind.PLAIN]
        for key, value in zip(node.keys, node.values, strict=True):
            found = self._value(value, scope)
            safe = found is Kind.PLAIN if key is None else self._value(key, scope) >= Kind.TYPE
            kinds.append(found if safe else Kind.ACTING)
        return min(kinds)

    def _choice(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.IfExp)
        return min(
            self._plain([node.test], scope),
            self._value(node.body, scope),
            self._value(node.orelse, scope),
        )

    def _template(self, node: ast.expr, scope: _Scope) -> Kind:
        values = [one for one in ast.walk(node) if isinstance(one, ast.FormattedValue)]
        return self._plain((one.value for one in values), scope)

    def _lambda(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.Lambda)
        defaults = [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        return Kind.OPAQUE if self._all(defaults, scope) else Kind.ACTING

    def _attribute(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.Attribute)
        targets = self._targets(node, scope)
        owners = self._targets(node.value, scope)
        if targets and not any(isinstance(one, Name) for one in owners):
            return min(map(self._target, targets))
        owner = self._value(node.value, scope)
        if owner is Kind.TYPE:
            return self._of_class(node.value, scope)
        return owner if owner is Kind.PLAIN else Kind.ACTING

    def _of_class(self, owner: ast.expr, scope: _Scope) -> Kind:
        """What an attribute of a class is: of most enumerations something plain."""
        targets = self._targets(owner, scope)
        families = [self._family(one, _outer(target)) for target in targets for one in _classes(target)]
        if len(families) < len(targets) or not families:
            return Kind.ACTING
        plain = all(one.is_enum and not one.methods & known.OF_ENUMS for one in families)
        return Kind.PLAIN if plain else Kind.OPAQUE

    def _item(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.Subscript)
        owner, index = self._value(node.value, scope), self._value(node.slice, scope)
        if min(owner, index) < Kind.TYPE:
            is_generic = owner >= Kind.TYPE and index is Kind.OPAQUE and self._is_generic(node.value, scope)
            return Kind.TYPE if is_generic else Kind.ACTING
        return min(owner, index)

    def _is_generic(self, node: ast.expr, scope: _Scope) -> bool:
        """Whether items of something are types: `Annotated[int, …]`."""
        targets = self._targets(node, scope)
        return bool(targets) and all(isinstance(t, External) and t.path.startswith("typing") for t in targets)

    def _comprehension(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
        for one in node.generators:
            if one.is_async or not self._is_iterable(one.iter, scope) or not _can_bind(one.target, Kind.PLAIN):
                return Kind.ACTING
            scope = scope.with_names(dict.fromkeys(_stored(one.target), Kind.PLAIN))
            if not self._all(one.ifs, scope, Kind.PLAIN):
                return Kind.ACTING
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        if isinstance(node, (ast.DictComp, ast.SetComp)) and self._value(values[0], scope) is not Kind.PLAIN:
            return Kind.ACTING
        return min(self._value(one, scope) for one in values)

    def _generator(self, node: ast.expr, scope: _Scope) -> Kind:
        return min(self._comprehension(node, scope), Kind.OPAQUE)

    def _is_iterable(self, node: ast.expr, scope: _Scope) -> bool:
        """Whether going through something does nothing; an iterator must be nobody else's."""
        if isinstance(node, ast.GeneratorExp):
            return self._comprehension(node, scope) is Kind.PLAIN
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known.ITERATORS:
            ours = self._is_builtin(node.func, scope) and not node.keywords
            return ours and all(self._is_iterable(one, scope) for one in node.args)
        return self._value(node, scope) is Kind.PLAIN

    def _is_builtin(self, node: ast.Name, scope: _Scope) -> bool:
        return node.id not in scope.local and not self.resolver.attribute(scope.module, node.id)

    # -- calls

    def _call(self, node: ast.expr, scope: _Scope) -> Kind:
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name) and self._is_builtin(node.func, scope):
            return self._builtin(node, node.func.id, scope)
        targets = self._targets(node.func, scope)
        if targets and all(isinstance(one, External) for one in targets):
            return min(self._outside(node, one.path, scope) for one in targets if isinstance(one, External))
        if targets and all(self._is_class(one, node.func) for one in targets):
            quiet = all(map(self._is_made_quietly, targets))
            return Kind.OPAQUE if quiet and self._all(_arguments(node), scope) else Kind.ACTING
        if isinstance(node.func, ast.Attribute) and self._configures(node.func, scope):
            return Kind.OPAQUE if self._all(_arguments(node), scope) else Kind.ACTING
        if isinstance(node.func, ast.Attribute) and node.func.attr in known.METHODS:
            return self._plain([node.func.value, *_arguments(node)], scope)
        return self._run(node.func, scope, self._least(_arguments(node), scope))

    def _configures(self, called: ast.Attribute, scope: _Scope) -> bool:
        """Whether a step or a pipeline is given other options."""
        targets = self._targets(called.value, scope) if called.attr == "with_options" else []
        units = [unit for one in targets if isinstance(one, Name) for unit in one.module.binders(one.name)]
        decorators = [getattr(unit.node, "decorator_list", None) for unit in units]
        return bool(units) and all(
            found is not None and any(self.resolver.framework(unit.module, one) for one in found)
            for unit, found in zip(units, decorators, strict=True)
        )

    def _is_class(self, target: Target, called: ast.expr) -> bool:
        """Whether a class of the project is called: by its own name, not a method of it."""
        return isinstance(target, Name) and target.name == _last(called) and bool(_classes(target))

    def _builtin(self, node: ast.Call, name: str, scope: _Scope) -> Kind:
        if name in known.ITERATORS:
            return min(Kind.OPAQUE, self._plain(_arguments(node), scope))
        if name not in known.FUNCTIONS or any(one.arg == "key" for one in node.keywords):
            return Kind.ACTING
        given = all(self._is_iterable(one, scope) for one in node.args)
        return self._plain((one.value for one in node.keywords), scope) if given else Kind.ACTING

    def _outside(self, node: ast.Call, path: str, scope: _Scope) -> Kind:
        top, _, rest = path.partition(".")
        arguments = _arguments(node)
        if top in FRAMEWORKS:
            last = rest.rpartition(".")[2]
            quiet = last[:1].isupper() or last in ("get_logger", "with_options")
            return Kind.OPAQUE if quiet and self._all(arguments, scope) else Kind.ACTING
        kind = _KNOWN.get(path, Kind.ACTING)
        if kind in (Kind.OPAQUE, Kind.TYPE):
            return kind if self._all(arguments, scope) else Kind.ACTING
        return min(kind, self._plain(arguments, scope))


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    several = [one for one in (node.args.vararg, node.args.kwarg) if one is not None]
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *several]
    return [one for one in (*(each.annotation for each in given), node.returns) if one is not None]


def _arguments(call: ast.Call) -> list[ast.expr]:
    starred = [one.value if isinstance(one, ast.Starred) else one for one in call.args]
    return [*starred, *(one.value for one in call.keywords)]


def _parameters(arguments: ast.arguments, kind: Kind) -> dict[str, Kind]:
    several = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several]
    return {one.arg: kind for one in given}


def _bound_within(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and node is not function:
            yield node.name


def _is_generator(function: ast.FunctionDef) -> bool:
    return any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in ast.walk(function))


def _can_bind(target: ast.expr, value: Kind) -> bool:
    """Whether binding a value to a target does nothing else; what is taken apart must be plain."""
    if isinstance(target, ast.Name):
        return bool(value)
    inner = target.value if isinstance(target, ast.Starred) else target
    if isinstance(inner, (ast.Tuple, ast.List)):
        return value is Kind.PLAIN and all(_can_bind(one, value) for one in inner.elts)
    return inner is not target and _can_bind(inner, value)


def _stored(target: ast.expr) -> list[str]:
    return [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]


def _factories(node: ast.ClassDef) -> list[ast.expr]:
    """What a class is told to make the defaults of its fields with."""
    keywords = (one for one in ast.walk(node) if isinstance(one, ast.keyword))
    return [one.value for one in keywords if one.arg in ("default_factory", "factory")]


def _methods(node: ast.ClassDef) -> set[str]:
    return {one.name for one in node.body if isinstance(one, _FUNCTIONS)}


def _hears(node: ast.ClassDef) -> bool:
    """Whether a class hears of its subclasses, or decides how they are made."""
    return "__init_subclass__" in _methods(node) or any(one.arg == "metaclass" for one in node.keywords)


def _classes(target: Target) -> list[ast.ClassDef]:
    """The classes that a name of the project stands for; none if it stands for something else, too."""
    found = [unit.node for unit in target.module.binders(target.name)] if isinstance(target, Name) else []
    classes = [one for one in found if isinstance(one, ast.ClassDef)]
    return classes if len(classes) == len(found) else []


def _outer(target: Target) -> _Scope:
    """Where a definition stands."""
    assert isinstance(target, Name)
    return _Scope(target.module, {})


def _last(node: ast.expr) -> str:
    """The last name of a chain."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
