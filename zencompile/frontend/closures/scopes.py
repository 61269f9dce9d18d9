"""Which names of its module a piece of code uses: scopes, as Python has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any

from zencompile.frontend.closures.names import (
    ANNOTATION,
    BASE,
    CALLED,
    CHANGED,
    CONTEXT,
    HARMLESS,
    HINT,
    IMPORTERS,
    LATER,
    LOOKUPS,
    MUTATORS,
    PASSED,
    STORED,
    TEXT,
    Doc,
    Dynamic,
    Names,
    Use,
    bindings,
    chain,
    executed,
    parse,
)
from zencompile.frontend.closures.scope import Scope
from zencompile_runtime.canonical import Definition, docstring, is_plain

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*)?|[A-Za-z_]\w*:[A-Za-z_]\w*")

_SPACES = frozenset({"f_globals", "__globals__", "get_objects", "get_referrers", "get_referents"})
"""Attributes that give all names of a module, or all objects."""


def collect(node: ast.stmt, keep: Callable[[ast.expr], bool]) -> Names:
    """The names that a top-level statement uses. Decorators that `keep` refuses are left out."""
    return _Collector(keep).run(node)


class _Collector:
    """Walks with a list of what is left to do instead of recursion: sources may be nested deeply."""

    def __init__(self, keep: Callable[[ast.expr], bool]) -> None:
        self.keep = keep
        self.names = Names()
        self.root = Scope(None)
        self.scopes = [self.root]
        self.todo: list[tuple[ast.AST, Scope, int]] = []

    def run(self, node: ast.stmt) -> Names:
        todo = self.todo
        todo.append((node, self.root, PASSED))
        while todo:
            item, scope, flags = todo.pop()
            handler = _HANDLERS.get(item.__class__)
            if handler is not None:
                handler(self, item, scope, flags)
            else:
                self.children(item, scope, flags)
        self._resolve()
        return self.names

    def children(self, node: ast.AST, scope: Scope, flags: int) -> None:
        flags = flags & (CONTEXT | ANNOTATION | HINT) | (0 if flags & ANNOTATION else PASSED)
        append = self.todo.append
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        append((item, scope, flags))
            elif isinstance(value, ast.AST) and value._fields:  # an operator or a context has none
                append((value, scope, flags))

    def push(self, nodes: Iterable[ast.AST | None], scope: Scope, flags: int) -> None:
        self.todo.extend([(node, scope, flags) for node in nodes if node is not None])

    def _resolve(self) -> None:
        root, uses = self.root, self.names.uses
        for scope in self.scopes:
            if scope is not root:
                self.names.inner |= scope.bound
                self.names.inner.update(scope.imports)
            for name, attributes, flags, node in scope.loads:
                found = scope.find(name)
                if found is True:
                    if flags & PASSED and not flags & STORED:
                        self.names.passed.add(name)
                    continue
                if flags & STORED and scope is not root:
                    if name not in scope.globals:
                        continue
                    flags |= CHANGED
                uses.append(Use(name if found is False else found, attributes, flags, node))

    # -- scopes

    def scope(self, parent: Scope, name: str, is_class: bool = False) -> Scope:
        made = Scope(parent, f"{parent.path}.{name}" if parent.path else name, is_class)
        self.scopes.append(made)
        return made

    def bind(self, name: str, scope: Scope) -> None:
        scope.bound.add(name)

    def type_parameters(self, node: ast.AST, scope: Scope) -> Scope:
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        inner = self.scope(scope, "")
        inner.path = scope.path
        for parameter in parameters:
            inner.bound.add(parameter.name)
            self.push((getattr(parameter, "bound", None), getattr(parameter, "default_value", None)), inner, ANNOTATION)
        return inner

    def doc(self, node: Definition, scope: Scope) -> None:
        text = docstring(node)
        if text is not None:
            path = f"{scope.path}.{node.name}" if scope.path else node.name
            self.names.docs.append(Doc(path if scope is not self.root else "", text, node))

    def head(self, node: Definition, scope: Scope, flags: int) -> Scope:
        """What functions and classes start with: name, docstring, decorators, and the scope of type parameters."""
        self.bind(node.name, scope)
        self.doc(node, scope)
        for decorator in node.decorator_list:
            if self.keep(decorator):
                self.todo.append((decorator, scope, flags & CONTEXT | CALLED))
        return self.type_parameters(node, scope)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, flags: int) -> None:
        outer = self.head(node, scope, flags)
        inner = self.scope(outer, node.name)
        hint = ANNOTATION | (HINT if all(map(is_plain, node.decorator_list)) else 0)
        self.arguments(node.args, outer, inner, flags, hint)
        self.push((node.returns,), outer, flags & CONTEXT | hint)
        self.push(node.body, inner, flags & TEXT | LATER | PASSED)

    def arguments(self, args: ast.arguments, outer: Scope, inner: Scope, flags: int, hint: int = ANNOTATION) -> None:
        self.push(args.defaults, outer, flags & CONTEXT | PASSED)
        self.push(args.kw_defaults, outer, flags & CONTEXT | PASSED)
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                inner.bound.add(arg.arg)
                if arg.annotation is not None:
                    self.todo.append((arg.annotation, outer, flags & CONTEXT | hint))

    def lambda_(self, node: ast.Lambda, scope: Scope, flags: int) -> None:
        inner = self.scope(scope, "<lambda>")
        self.arguments(node.args, scope, inner, flags)
        self.todo.append((node.body, inner, flags & TEXT | LATER | PASSED))

    def class_(self, node: ast.ClassDef, scope: Scope, flags: int) -> None:
        outer = self.head(node, scope, flags)
        self.push(node.bases, outer, flags & CONTEXT | BASE)
        self.push([k.value for k in node.keywords], outer, flags & CONTEXT | BASE)
        self.push(node.body, self.scope(outer, node.name, is_class=True), flags & CONTEXT | PASSED)

    def comprehension(self, node: ast.ListComp, scope: Scope, flags: int) -> None:
        inner = self.scope(scope, "<comprehension>")
        flags = flags & CONTEXT | PASSED
        for i, generator in enumerate(node.generators):
            self.todo.append((generator.iter, inner if i else scope, flags))
            self.todo.append((generator.target, inner, flags))
            self.push(generator.ifs, inner, flags)
        if isinstance(node, ast.DictComp):
            self.push((node.key, node.value), inner, flags)
        else:
            self.todo.append((node.elt, inner, flags))

    # -- names

    def name(self, node: ast.Name, scope: Scope, flags: int) -> None:
        if node.ctx.__class__ is not ast.Load:
            scope.bound.add(node.id)
            flags |= STORED
        scope.loads.append((node.id, (), flags, node))

    def attribute(self, node: ast.Attribute, scope: Scope, flags: int) -> None:
        if node.ctx.__class__ is not ast.Load:
            flags |= CHANGED
        if flags & PASSED:
            self.names.attributes.add(node.attr)
        found = chain(node)
        attributes = found[1] if found else (node.attr,)
        self.names.reads_doc |= "__doc__" in attributes
        if "__subclasses__" in attributes:
            self.names.dynamic.append(Dynamic("subclasses", node))
        if not _SPACES.isdisjoint(attributes):
            self.names.dynamic.append(Dynamic("globals", node))
        if found is not None:
            scope.loads.append((*found, flags, node))
            return
        self.todo.append((node.value, scope, flags & (CONTEXT | CHANGED)))

    def subscript(self, node: ast.Subscript, scope: Scope, flags: int) -> None:
        changed = CHANGED if node.ctx.__class__ is not ast.Load else flags & CHANGED
        if flags & ANNOTATION:
            self.annotation_item(node, scope, flags)
            return
        self.todo.append((node.slice, scope, flags & CONTEXT | PASSED))
        found = chain(node.value)
        if found == ("sys", ("modules",)):
            self.dynamic("module", node, node.slice, scope)
        elif _is_call(node.value, "globals") and isinstance(node.slice, ast.Constant):
            scope.loads.append((str(node.slice.value), (), flags & CONTEXT | PASSED | changed | TEXT, node))
            return
        self.todo.append((node.value, scope, flags & CONTEXT | changed))

    def annotation_item(self, node: ast.Subscript, scope: Scope, flags: int) -> None:
        """`Literal["a"]` holds no names, `Annotated[T, "a"]` only in T: strings there are values."""
        self.todo.append((node.value, scope, flags))
        last = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for i, item in enumerate(items):
            if last == "Literal" or (last == "Annotated" and i):
                self.todo.append((item, scope, flags & CONTEXT | PASSED))
            else:
                self.todo.append((item, scope, flags))

    def constant(self, node: ast.Constant, scope: Scope, flags: int) -> None:
        text = node.value
        if text.__class__ is not str:
            return
        if flags & ANNOTATION:
            self.push([s.value for s in parse(text) if isinstance(s, ast.Expr)], scope, flags | TEXT)
        elif ("." in text or ":" in text) and len(text) < 200 and _DOTTED.fullmatch(text):
            self.names.paths.append(text)

    # -- calls

    def call(self, node: ast.Call, scope: Scope, flags: int) -> None:
        later = flags & CONTEXT
        func = node.func
        passed = later | PASSED
        arguments: list[ast.expr] = [*node.args, *(k.value for k in node.keywords)]
        if func.__class__ is ast.Name:
            name = func.id
            if name in HARMLESS:
                passed = later
            elif name in LOOKUPS:
                arguments = self.lookup(name, node, arguments, scope, later)
            elif name == "help":
                self.names.reads_doc = True
            elif name == "import_module":
                self.dynamic("import", node, node.args[0] if node.args else None, scope)
            self.todo.append((func, scope, later | CALLED))
        elif func.__class__ is ast.Attribute:
            attr = func.attr
            if attr in IMPORTERS and chain(func) is not None:
                self.dynamic("import", node, node.args[0] if node.args else None, scope)
            self.todo.append((func, scope, later | CALLED | (CHANGED if attr in MUTATORS else 0)))
        else:
            self.todo.append((func, scope, later | CALLED))
        self.push(arguments, scope, passed)

    def lookup(self, name: str, node: ast.Call, arguments: list[ast.expr], scope: Scope, later: int) -> list[ast.expr]:
        """A builtin that looks names up. Returns the arguments that are left to walk."""
        if scope.find(name) is not False:
            return arguments
        first = arguments[0] if arguments else None
        if name in ("getattr", "hasattr", "setattr", "delattr"):
            owner = chain(first) if first is not None else None
            if owner and len(arguments) > 1 and isinstance(arguments[1], ast.Constant):
                change = CHANGED if name in ("setattr", "delattr") else 0
                attribute = str(arguments[1].value)
                scope.loads.append((owner[0], (*owner[1], attribute), later | PASSED | change | TEXT, node))
                self.names.attributes.add(attribute)
                self.names.reads_doc |= attribute == "__doc__"
                if attribute == "__subclasses__":
                    self.names.dynamic.append(Dynamic("subclasses", node))
                return arguments[2:]
        elif name == "__import__":
            self.dynamic("import", node, first, scope)
        elif name == "globals" or (name in ("vars", "locals") and not arguments):
            self.names.dynamic.append(Dynamic("globals", node))
        elif name in ("exec", "eval"):
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                self.names.dynamic.append(Dynamic("exec", node))
            else:
                self.push(parse(first.value), scope, LATER | PASSED | TEXT)
        return arguments

    def dynamic(self, kind: str, node: ast.expr, name: ast.expr | None, scope: Scope) -> None:
        """A module by a name that may be known, known in its first part, or unknown."""
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            self.names.dynamic.append(Dynamic("constant", node, name.value))
        elif isinstance(name, ast.JoinedStr) and name.values and isinstance(name.values[0], ast.Constant):
            prefix = str(name.values[0].value)
            self.names.dynamic.append(Dynamic(kind, node, prefix.rpartition(".")[0]))
        elif isinstance(name, ast.Name) and name.id == "__name__":
            self.names.dynamic.append(Dynamic("globals", node))
        else:
            self.names.dynamic.append(Dynamic(kind, node))

    # -- statements

    def import_(self, node: ast.Import | ast.ImportFrom, scope: Scope, flags: int) -> None:
        for name, target in bindings(node):
            if scope is self.root:
                scope.bound.add(name)
            elif name != "*":
                scope.imports[name] = target
        if scope is not self.root:
            self.names.imports.extend(executed(node))

    def global_(self, node: ast.Global, scope: Scope, flags: int) -> None:
        scope.globals.update(node.names)

    def nonlocal_(self, node: ast.Nonlocal, scope: Scope, flags: int) -> None:
        scope.nonlocals.update(node.names)

    def annotated(self, node: ast.AnnAssign, scope: Scope, flags: int) -> None:
        later = flags & CONTEXT
        self.push((node.target, node.value), scope, later | PASSED)
        # Python never evaluates the annotation of a local variable.
        if not (later and not scope.is_class and node.target.__class__ is ast.Name):
            self.todo.append((node.annotation, scope, later | ANNOTATION))

    def walrus(self, node: ast.NamedExpr, scope: Scope, flags: int) -> None:
        owner = scope
        while owner.path.endswith("<comprehension>") and owner.parent is not None:
            owner = owner.parent
        self.todo.append((node.target, owner, flags & CONTEXT))
        self.todo.append((node.value, scope, flags & CONTEXT | PASSED))

    def handler(self, node: ast.ExceptHandler, scope: Scope, flags: int) -> None:
        if node.name:
            self.bind(node.name, scope)
        if node.type is not None:
            types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            self.push(types, scope, flags & CONTEXT)
        self.push(node.body, scope, flags & CONTEXT | PASSED)

    def raise_(self, node: ast.Raise, scope: Scope, flags: int) -> None:
        self.push((node.exc, node.cause), scope, flags & CONTEXT)

    def pattern(self, node: ast.MatchAs, scope: Scope, flags: int) -> None:
        if node.name:
            self.bind(node.name, scope)
        self.children(node, scope, flags)

    def mapping_pattern(self, node: ast.MatchMapping, scope: Scope, flags: int) -> None:
        if node.rest:
            self.bind(node.rest, scope)
        self.children(node, scope, flags)

    def class_pattern(self, node: ast.MatchClass, scope: Scope, flags: int) -> None:
        self.todo.append((node.cls, scope, flags & CONTEXT))
        self.push([*node.patterns, *node.kwd_patterns], scope, flags)

    def alias(self, node: Any, scope: Scope, flags: int) -> None:
        outer = self.type_parameters(node, scope)
        self.push((node.name,), scope, flags)
        self.push((node.value,), outer, LATER | ANNOTATION)


def _is_call(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


_HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.FunctionDef: _Collector.function,
    ast.AsyncFunctionDef: _Collector.function,
    ast.Lambda: _Collector.lambda_,
    ast.ClassDef: _Collector.class_,
    ast.ListComp: _Collector.comprehension,
    ast.SetComp: _Collector.comprehension,
    ast.DictComp: _Collector.comprehension,
    ast.GeneratorExp: _Collector.comprehension,
    ast.Name: _Collector.name,
    ast.Attribute: _Collector.attribute,
    ast.Subscript: _Collector.subscript,
    ast.Constant: _Collector.constant,
    ast.Call: _Collector.call,
    ast.Import: _Collector.import_,
    ast.ImportFrom: _Collector.import_,
    ast.Global: _Collector.global_,
    ast.Nonlocal: _Collector.nonlocal_,
    ast.AnnAssign: _Collector.annotated,
    ast.NamedExpr: _Collector.walrus,
    ast.ExceptHandler: _Collector.handler,
    ast.Raise: _Collector.raise_,
    ast.MatchAs: _Collector.pattern,
    ast.MatchStar: _Collector.pattern,
    ast.MatchMapping: _Collector.mapping_pattern,
    ast.MatchClass: _Collector.class_pattern,
}
if hasattr(ast, "TypeAlias"):  # Python 3.12
    _HANDLERS[ast.TypeAlias] = _Collector.alias
