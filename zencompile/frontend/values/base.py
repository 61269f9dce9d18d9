"""The protocol of values, the place of an operation, and the two values that every operation may meet.

    Object      what a value can be asked: one method an operation. Nothing is modelled in it: each operation is
                *unknown, because …*
    Unknown     a value that can't be known; whatever is done with it is unknown for the same reason
    Lazy        a value that is moved untouched, and *forced* when an operation needs it
    Context     the place of an operation, handed to each
    Interpreter what a value may ask of what evaluates the program
    Raised      an exception of the program on its way up

Programs are made of these and of plain Python objects, for which `hosts` has the same protocol. Who does something with
a value calls `operations`, never a method of a value: there Lazy values are forced and either operand is asked.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from zencompile.diagnostics import Report
from zencompile.source import Span

Value = Any  # a plain Python object or an Object


class _Missing:
    """The only value of its class: no such thing."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Raised(Exception):
    """An exception of the user's program on its way up.

    `value` is a builtin exception object, or an `Instance` of a class of the project; `span` the place that raised it;
    `helps` say what was meant, should nothing catch it.
    """

    def __init__(self, value: Value, span: Span | None = None, helps: Sequence[str] = ()) -> None:
        super().__init__(value)
        self.value = value
        self.span = span
        self.helps = tuple(helps)


class Interpreter(Protocol):
    """What values and the modelled library may ask of the evaluator."""

    report: Report
    steps: int
    limit: int
    uncertain: list[Any]  # why it is not known whether the present place is reached, innermost last
    journals: list[Any]  # of branches that are being tried
    acting: Any  # is told of what the program does to files and the environment; None if nobody wants to know
    python: tuple[int, int]  # of images
    work: Any  # is told of calls of what is not read; None outside of a pipeline's body
    watch: Span | None  # a `try` or `with` around the present place, which asks for what goes wrong
    moments: list[Any]  # what the program asked of the clock and of random numbers, in this order
    run_values: bool  # whether the program has values that only its run knows
    uncertain_objects: dict[int, tuple[Any, Any]]  # by id, each with why nothing of it is known
    called: Any  # is told of calls of what is not read, may answer; None if nobody wants to know
    builtins: dict[str, Value]
    project: Any
    arguments: list[str]
    arguments_known: bool
    defaults_hold: bool
    environment: dict[str, str]
    system_path: list[Value]
    modules: dict[str, Any]  # `sys.modules`, as far as they are of the project
    unset: int
    file_changes: Any  # of the modelled library
    patched: dict[str, dict[str, Value]]  # attributes that the program set on modules that are not the project's
    decimal_context: Any  # of the modelled library; None: Python's own
    hashing: int  # calls of `__hash__` inside of one another, by containers
    pending_classes: list[Any]  # whose bodies have run, while their metaclasses make them
    handling: list[Raised]
    provider: Any
    frame: Any
    top_levels: int

    def span(self, node: ast.AST, module: Any) -> Span: ...

    def count(self, node: ast.AST, module: Any, cost: int) -> None:
        """Count work, and stop a program that never ends."""

    def snapshot(self, value: Value) -> Value:
        """A value as it is now: what can change is copied, all the way down."""

    def touch(self, container: Any) -> None:
        """Tell before a container or object changes."""

    def taken_back(self, act: Callable[[], Value]) -> Value:
        """What an act comes to; all that it changes is taken back."""

    def run_function(
        self, function: Any, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """Run a function of the project."""

    def frame_of(self, context: Context) -> Any:
        """The names of the scope that a place stands in."""

    def lacking(self, module: str, name: str, modelled: bool) -> Sequence[str] | None:
        """What to do about an attribute that a module of the images' standard library surely lacks; None if it may be
        there. `modelled`: some Python has it."""

    def import_name(self, dotted: str, context: Context) -> Value:
        """The module that `import dotted` finds."""

    def reload(self, module: Any) -> None:
        """Run a module again."""

    def give_away(self, path: str, arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
        """Something that is not read is called: what it is given may change."""

    def mark_uncertain(self, container: Any, unknown: Unknown) -> None:
        """Something that isn't known was done to a container or object: nothing of it is known from here on."""

    def info(self, function: Any) -> Any: ...

    def annotation(self, function: Any, parameter: str) -> Value: ...

    def field_type(self, class_: Any, field: Any) -> Value: ...

    def module_attribute(self, module: Any, name: str) -> Value: ...

    def state(self, module: Any) -> Any: ...

    def names(self, module: Any) -> list[str]: ...

    def environment_value(self, reference: Any, context: Context) -> Value: ...

    def call_value(
        self, function: Value, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value: ...

    def attribute(self, value: Value, name: str, context: Context) -> Value: ...

    def iterate(self, value: Value, context: Context) -> Iterator[Value] | Unknown: ...

    def truth(self, value: Value, context: Context) -> bool | Unknown: ...

    def plain(self, value: Value, context: Context) -> Value: ...

    # the framework's models stand above the evaluator, and ask more of it

    def get(self, module: Any, name: str) -> Value: ...

    def call(
        self, function: Value, arguments: list[Value] | None = None, keywords: dict[str, Value] | None = None
    ) -> Value: ...

    def context(self, module: Any, node: ast.AST | None = None) -> Context: ...

    def guard(self, act: Any, module: Any) -> Value: ...


class Context:
    """The place of an operation: given to every native. Make none of your own; keep none beyond the call if you can."""

    __slots__ = ("evaluator", "module", "node")

    def __init__(self, evaluator: Interpreter, node: ast.AST, module: Any) -> None:
        self.evaluator = evaluator
        self.node = node
        self.module = module

    @property
    def report(self) -> Report:
        return self.evaluator.report

    @property
    def span(self) -> Span:
        """The whole expression or statement."""
        return self.evaluator.span(self.node, self.module)

    def argument_span(self, key: int | str) -> Span:
        """The span of the argument at a position, or of a keyword argument's value; the call's where it can't be
        told."""
        node = self._argument(key)
        return self.span if node is None else self.evaluator.span(node, self.module)

    def keyword_span(self, name: str) -> Span:
        """The span of a keyword argument's name."""
        if isinstance(self.node, ast.Call):
            for keyword in self.node.keywords:
                if keyword.arg == name:
                    whole = self.evaluator.span(keyword, self.module)
                    return whole._replace(end_line=whole.line, end_column=whole.column + len(name))
        return self.span

    def key_span(self, name: str, *keys: str) -> Span:
        """The span of a key in the dictionary that is written for a keyword argument, at any depth; the nearest place
        that is known otherwise. The key of an element of a list is its index; a name of the module stands for what is
        assigned to it, where that is one thing.
        """
        node = found = self._argument(name)
        for key in keys:
            place, node = _below(_assigned(node, self.module), key)
            if place is None:
                break
            found = place
        return self.span if found is None else self.evaluator.span(found, self.module)

    def element_spans(self, name: str) -> list[Span]:
        """The spans of the elements of the list that is written for a keyword argument; empty if none is."""
        node = self._argument(name)
        if not isinstance(node, (ast.List, ast.Tuple)) or any(isinstance(e, ast.Starred) for e in node.elts):
            return []
        return [self.evaluator.span(element, self.module) for element in node.elts]

    @property
    def callee_span(self) -> Span:
        """The span of what is called: `train` in `train(x)`, also in `m.train(x)` the whole `m.train`."""
        return self.evaluator.span(self.node.func, self.module) if isinstance(self.node, ast.Call) else self.span

    def _argument(self, key: int | str) -> ast.AST | None:
        if not isinstance(self.node, ast.Call):
            return None
        if isinstance(key, str):
            return next((k.value for k in self.node.keywords if k.arg == key), None)
        positional = self.node.args
        if key < len(positional) and ast.Starred not in map(type, positional[: key + 1]):
            return positional[key]
        return None

    def unknown(self, reason: str, reported: bool = False) -> Unknown:
        """An Unknown whose origin is here."""
        return Unknown(self.span, reason, reported)

    def raise_(self, exception: Value, helps: Sequence[str] = ()) -> Raised:
        """The user's program raises `exception` (a builtin exception object) here: `raise
        context.raise_(KeyError("x"))`. What a function of the program raised, called by one of Python's own, goes on as
        it is."""
        return exception if isinstance(exception, Raised) else Raised(exception, self.span, helps)

    def tick(self, cost: int = 1) -> None:
        """Count work, and stop a program that never ends."""
        self.evaluator.count(self.node, self.module, cost)

    def acts(self, what: str) -> None:
        """The program does something here that outlives it: `what` says what, as "a file is written"."""
        if self.evaluator.acting is not None:
            self.evaluator.acting(what, self)

    def touch(self, container: Any) -> None:
        """Tell before a list, dictionary, set or object changes, so that an undecided branch can be taken back."""
        if self.evaluator.journals:
            self.evaluator.touch(container)

    def spoil(self, container: Any, unknown: Unknown) -> None:
        """Something that isn't known was done to a list, dictionary, set or object."""
        self.evaluator.mark_uncertain(container, unknown)

    def force(self, value: Value) -> Value:
        """`value`, or what a Lazy stands for; an Unknown for an object that is uncertain. Does not look into
        containers; see `plain`."""
        while isinstance(value, Lazy):
            value = value.force(self)
        uncertain = self.evaluator.uncertain_objects
        if uncertain and id(value) in uncertain:
            return uncertain[id(value)][1]
        return value

    def plain(self, value: Value) -> Value:
        """A deep copy of `value` as plain data with every Lazy forced, or the first Unknown inside."""
        return self.evaluator.plain(value, self)

    def call(
        self, function: Value, arguments: Sequence[Value] = (), keywords: Mapping[str, Value] | None = None
    ) -> Value:
        """Call any value, as the program would at this place. Raises `Raised` if the program does."""
        return self.evaluator.call_value(function, list(arguments), dict(keywords or {}), self)

    def get_attribute(self, value: Value, name: str) -> Value:
        """`value.name`. Raises `Raised(AttributeError)` if there is none."""
        return self.evaluator.attribute(value, name, self)

    def iterate(self, value: Value) -> Iterator[Value] | Unknown:
        """The items of any value, or Unknown."""
        return self.evaluator.iterate(value, self)

    def truth(self, value: Value) -> bool | Unknown:
        return self.evaluator.truth(value, self)

    @property
    def uncertain(self) -> Unknown | None:
        """Why it is not known whether this place is reached at all (a branch on an Unknown encloses it), or None.

        A framework that does something here that matters (invokes a step) reports it as an error.
        """
        return self.evaluator.uncertain[-1] if self.evaluator.uncertain else None


def _below(node: ast.AST | None, key: str) -> tuple[ast.AST | None, ast.AST | None]:
    """Where a key is written in a dictionary, a keyword in a call, or an element in a list, and its value."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return next(((k, v) for k, v in pairs if isinstance(k, ast.Constant) and k.value == key), (None, None))
    if isinstance(node, ast.Call):
        return next(((k, k.value) for k in node.keywords if k.arg == key), (None, None))
    if isinstance(node, (ast.List, ast.Tuple)) and key.isdecimal() and int(key) < len(node.elts):
        element = node.elts[int(key)]
        return (None, None) if ast.Starred in map(type, node.elts) else (element, element)
    return None, None


def _assigned(node: ast.AST | None, module: Any) -> ast.AST | None:
    """What the module assigns to a name, once and at its top level; any other node as it is."""
    tree = getattr(module, "tree", None)
    return _assignments(tree).get(node.id, node) if isinstance(node, ast.Name) and tree is not None else node


@lru_cache(maxsize=16)
def _assignments(tree: ast.Module) -> dict[str, ast.AST]:
    """The names that the top level of a module assigns once, and what."""
    found: dict[str, list[ast.AST]] = {}
    for statement in tree.body:
        if not isinstance(statement, ast.Assign):
            continue
        for target in statement.targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(statement.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


class Object:
    """What a value can be asked. Every operation has one default: it is unknown, because nothing of it is modelled.

    `MISSING` as an answer means that this side does not support the operation: the other operand is asked, and if it
    doesn't either, the program gets what Python gives it.
    """

    __slots__ = ()
    type_name: ClassVar[str] = "object"  # for messages, as `type(x).__name__`
    is_later: ClassVar[bool] = False  # whether it stands for something that only running knows
    is_data: ClassVar[bool] = False  # whether two that are equal can't be told apart
    is_type: ClassVar[bool] = False  # whether it is a type, for `X | Y`

    def __coerced__(self, annotation: Any, coercer: Any, match: Any) -> Value:
        """What an annotation makes of this, asked by the runtime's coercion; `coercer` takes its plain data."""
        match.is_undecided = True
        return self

    def refusal(self, context: Context) -> Unknown:
        """What stands for the result of something that only running can do with this, where it `is_later`."""
        return self.unmodelled("the result of an operation", context)

    def unmodelled(self, what: str, context: Context) -> Unknown:
        """The default answer: `what` of this value can't be known."""
        return context.unknown(f"{what} of {self.described()}")

    def described(self) -> str:
        """A few words for messages: what kind of thing this is."""
        return f"a {self.type_name}"

    # operators

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        """`self <operator> other` ("+", "**", "@", …), or with the sides changed if `reflected`."""
        return self.unmodelled(f"the result of `{operator}`", context)

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        """`self <operator>= other`: the value to bind. `MISSING`: as the binary operator."""
        return MISSING

    def unary(self, operator: str, context: Context) -> Value:
        """`-self`, `+self`, `~self`."""
        return self.unmodelled(f"the result of `{operator}`", context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        """`self <operator> other` for "==", "!=", "<", "<=", ">", ">=". `MISSING`: identity decides ==."""
        return self.unmodelled("a comparison", context)

    def precedes(self, other: Object) -> bool:
        """Whether this, as the right operand, is asked first: its type is a subclass of the left one's."""
        return False

    def is_same(self, other: Value, context: Context) -> Any:
        """`self is other`, where they are not one object here. `MISSING`: the other side may know; else they are
        two."""
        return MISSING

    def truth(self, context: Context) -> bool | Unknown:
        return self.unmodelled("the truth", context)

    def key(self, context: Context) -> Value:
        """Itself, where the host's `__hash__` and `__eq__` of it mean what the program's do; else Unknown. Raises the
        TypeError of what has no hash."""
        return self.unmodelled("the hash", context)

    def negated(self, context: Context) -> Value:
        """`not self`, where its truth is no `bool` when compiling."""
        return self.unmodelled("the truth", context)

    # items and iteration

    def length(self, context: Context) -> int | Unknown:
        return self.unmodelled("the length", context)

    def contains(self, item: Value, context: Context) -> Any:
        """`item in self`. `MISSING`: the items tell."""
        return self.unmodelled("a member", context)

    def contained(self, container: Value, context: Context) -> Any:
        """`self in container`, where that is not for the container to say. `MISSING`: it is."""
        return MISSING

    def item_of(self, owner: Value, key: Value, context: Context) -> Value:
        """`owner[key]`, where this is the key, or a bound of the slice that the key is, and that is not for the owner
        to say. `MISSING`: it is."""
        return MISSING

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.unmodelled("the items", context)

    def next_item(self, context: Context) -> Value:
        """`next(self)`; `MISSING` at the end."""
        return self.unmodelled("the next item", context)

    def get_item(self, key: Value, context: Context) -> Value:
        return self.unmodelled("an item", context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        """`self[key] = value`: by default it is lost, as reading it is unknown."""

    def delete_item(self, key: Value, context: Context) -> None:
        """`del self[key]`."""

    def mapping(self, context: Context) -> Any:
        """What `**self` spreads, as a dictionary. `MISSING`: this is no mapping."""
        return self.unmodelled("the keys", context)

    # attributes and calls

    def get_attribute(self, name: str, context: Context) -> Value:
        return self.unmodelled(f"`{name}`", context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """`self.name = value`: by default it is lost, as reading it is unknown."""

    def delete_attribute(self, name: str, context: Context) -> None:
        """`del self.name`."""

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        """What this is as an attribute of a class that is reached through `receiver`: an object of `class_`, or the
        class itself."""
        return self

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """A spread of an unknown mapping (`f(**unknown)`) arrives in `keywords` under the name `**`."""
        return self.unmodelled("the result of a call", context)

    def applied(self, callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """What a call gives of which this is an argument, where that is not for the function to say. `MISSING`: it
        is."""
        return MISSING

    def applied_inside(
        self, callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """What a call gives of which a list that holds this is an argument. `MISSING`: that is for the function to
        say."""
        return MISSING

    def given_to(
        self, owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """What a method of plain data gives of which this is an argument, where that is not for the method to say.
        `MISSING`: it is."""
        return MISSING

    def is_callable(self) -> bool | None:
        """Whether it can be called; None: not known."""
        return None

    # text

    def text(self, context: Context) -> str | Unknown:
        """`str(self)`."""
        return self.unmodelled("the text", context)

    def representation(self, context: Context) -> str | Unknown:
        """`repr(self)`."""
        return self.text(context)

    def formatted(self, spec: str, context: Context) -> Any:
        """`format(self, spec)`. `MISSING`: the text, which takes no specification."""
        return MISSING

    def in_text(self, conversion: int, spec: Value, context: Context) -> Value:
        """As a part of an f-string (`conversion` as in the syntax tree), where it is no text when compiling.
        `MISSING`: it is."""
        return MISSING

    def formatting(self, template: str, parts: Value, context: Context) -> Value:
        """`template % parts`, of which this, that `is_later`, is a part."""
        return self.refusal(context)

    def joining(self, parts: list[Value], context: Context) -> Value:
        """An f-string of which this is a part that is no text when compiling."""
        return self

    # types

    def type_of(self, context: Context) -> Value:
        """`type(self)`."""
        return self.unmodelled("the type", context)

    def is_instance_of(self, class_: Value) -> bool | None:
        """Whether `isinstance(self, class_)`; None: not known."""
        return None

    def has_instance(self, value: Value, context: Context) -> Any:
        """Whether `isinstance(value, self)`. `MISSING`: this is no class."""
        return self.unmodelled("the instances", context)

    def index(self, context: Context) -> Value:
        """The integer that this is as an index; whatever can't be one is itself."""
        return self.unwrap()

    def unwrap(self) -> Value:
        """The plain data that this also is: of a str-enum's member, of an object of `class D(dict)`."""
        return self

    # statements

    def enter(self, context: Context) -> Value:
        """`with self as …`: what the target gets."""
        return self.unmodelled("what a `with` gives", context)

    def leave(self, raised: Raised | None, context: Context) -> bool:
        """The end of the `with`; true swallows the exception."""
        return False

    def decorated(self, target: Any, context: Context) -> Value:
        """`@self` above a function or class. By default a call."""
        return context.call(self, [target])

    def as_exception(self, context: Context) -> Value:
        """What `raise self` raises. `MISSING`: nothing that can be raised."""
        return self


def pass_over(decorator: Value, target: Value, context: Context) -> Value:
    """A decorator that is not read: the framework may know it, else the definition keeps it among its `wrappers`."""
    if not hasattr(target, "wrappers"):
        return target
    bound = context.evaluator.provider.decorated(decorator, target, context)
    if bound is target:
        target.wrappers = (*target.wrappers, decorator)
    return bound


class Unknown(Object):
    """A value that can't be known when compiling.

    `reason` completes the sentence "this is not known when compiling: …" (lower case, no full stop). `reported` is true
    where a diagnostic has already been given for the cause, so that nothing cascades from it.
    """

    type_name = "Unknown"
    path: str = ""  # of what gave it, where that is something that is not read
    __slots__ = ("reason", "reported", "span")

    def __init__(self, span: Span | None, reason: str, reported: bool = False) -> None:
        self.span = span
        self.reason = reason
        self.reported = reported

    def unmodelled(self, what: str, context: Context) -> Unknown:
        return self

    def described(self) -> str:
        return "an unknown value"

    def forgotten(self) -> Unknown:
        """What is unknown for the same reason, where it is not this value itself."""
        return self

    is_of_run: ClassVar[bool] = False
    """Whether it is the truth of a value that the run will have, and what it decides may become a part of the graph."""

    def negated(self, context: Context) -> Value:
        return self

    def joined(self, operator: str, left: Value, right: Value, context: Context) -> Value:
        """`left and right`, `left or right`, of which this is the truth of `left`."""
        return self

    def quantified(self, all_: list[Unknown], stop_at: bool, context: Context) -> Value:
        """`any(…)` (`stop_at`) or `all(…)` of items of which these are undecided, this the first."""
        return self.forgotten()

    def chosen(self, values: list[Value], context: Context) -> Value:
        """`a if self else b`: `values` are what its sides gave."""
        return Unknown(self.span, self.reason, self.reported)

    def of_statement(self, node: ast.If, context: Context) -> Unknown:
        """This, as what an `if` statement decides by."""
        return self

    def asserted(self, context: Context) -> None:
        """An `assert` asks for this: it is taken to hold."""

    def enter_side(self, index: int) -> None:
        """The side of this number of a branch on this is about to be tried."""

    def leave_sides(self) -> None:
        """All sides have been tried."""

    def of_both_sides(self) -> Unknown:
        """This, as what a value is by that both sides of a branch leave, each another one."""
        return self

    def merged(self, values: list[Value]) -> Value:
        """What stands for values of which a side left the first, and another side the second; MISSING if nothing
        does."""
        return MISSING

    def raised_inside(self, raised: Raised, context: Context) -> bool:
        """A side raised. True if that is reported; else it is taken for the side that doesn't happen."""
        return False

    def from_here(self) -> Unknown:
        """What is uncertain where one side has left the block and another goes on."""
        return self

    def partial(self, context: Context) -> Unknown:
        """This, where it is the answer to a part of a larger question (`a < x < b`, `x in y`, a pattern) and not to
        the whole."""
        return self

    def get_attribute(self, name: str, context: Context) -> Value:
        return Unknown(self.span, self.reason, self.reported)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        context.evaluator.give_away(self.path, arguments, keywords, context)
        if context.evaluator.called is not None:
            answer = context.evaluator.called(self, arguments, keywords, context)
            if answer is not MISSING:
                return answer
        made = Unknown(self.span, self.reason, self.reported)
        if context.evaluator.work is not None and not self.is_later:
            context.evaluator.work.called(made, context, self.path)
        return made

    def is_same(self, other: Value, context: Context) -> Any:
        return self

    def enter(self, context: Context) -> Value:
        return context.unknown("what a context manager that is not read gives")

    def decorated(self, target: Any, context: Context) -> Value:
        return pass_over(self, target, context)

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r}, {self.span})"


class Unended(Unknown):
    """The last item that is known of an iterator: neither is known which ones follow, nor how many."""

    __slots__ = ()


class Lazy(Object):
    """A value that stays symbolic while it is merely moved, stored or handed to a call, and is *forced* by any
    operation.

    Subclasses: a pipeline's parameters, references to the environment. `context.span` is the operation's expression.
    """

    __slots__ = ()

    def force(self, context: Context) -> Value:
        """The plain value (or Unknown), leaving whatever trace the subclass wants: a note, a binding time."""
        raise NotImplementedError

    def peek(self) -> Value:
        """What `force` would answer, without leaving a trace. For messages."""
        return MISSING

    def __coerced__(self, annotation: Any, coercer: Any, match: Any) -> Value:
        if annotation is not self.always or annotation is None:
            match.is_undecided = True
        return self

    @property
    def always(self) -> type | None:
        """The class of the values that this can stand for, in each run; None if that isn't certain."""
        return None


class EnvironmentReference(Lazy):
    """A variable of the environment that the pipeline is compiled in: never this machine's value.

    Forcing answers with `--env NAME=VALUE`, else with the default (and a note), else with Unknown. `default` is
    `MISSING` for `os.environ["NAME"]`.
    """

    __slots__ = ("default", "name", "span")

    def __init__(self, name: str, default: Value, span: Span) -> None:
        self.name = name
        self.default = default
        self.span = span

    def force(self, context: Context) -> Value:
        return context.evaluator.environment_value(self, context)

    @property
    def always(self) -> type | None:
        return str if self.default is MISSING or type(self.default) is str else None

    def __repr__(self) -> str:
        return f"EnvironmentReference({self.name})"


class Modelled(Object):
    """A kind that is modelled completely: what it does not override, Python refuses.

    The defaults raise the user's TypeError or AttributeError as Python would. All get plain values and Objects,
    possibly Lazy or Unknown ones: `context.force` and `context.plain` help.
    """

    __slots__ = ()
    is_iterator: ClassVar[bool] = False  # whether Python's own functions get its items as a list

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return MISSING

    def mapping(self, context: Context) -> Any:
        return MISSING

    def unary(self, operator: str, context: Context) -> Value:
        raise context.raise_(TypeError(f"bad operand type for unary {operator}: '{self.type_name}'"))

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return MISSING

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def key(self, context: Context) -> Value:
        return self

    def length(self, context: Context) -> int | Unknown:
        raise context.raise_(TypeError(f"object of type '{self.type_name}' has no len()"))

    def contains(self, item: Value, context: Context) -> Any:
        return MISSING

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not iterable"))

    def next_item(self, context: Context) -> Value:
        try:
            advance = self.get_attribute("__next__", context)
        except Raised:
            raise context.raise_(TypeError(f"'{self.type_name}' object is not an iterator")) from None
        try:
            return context.call(advance)
        except Raised as raised:
            if isinstance(raised.value, StopIteration):
                return MISSING
            raise

    def get_item(self, key: Value, context: Context) -> Value:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not subscriptable"))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        raise context.raise_(TypeError(f"'{self.type_name}' object does not support item assignment"))

    def delete_item(self, key: Value, context: Context) -> None:
        raise context.raise_(TypeError(f"'{self.type_name}' object doesn't support item deletion"))

    def get_attribute(self, name: str, context: Context) -> Value:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def delete_attribute(self, name: str, context: Context) -> None:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not callable"))

    def is_callable(self) -> bool | None:
        return type(self).call is not Modelled.call

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of a {self.type_name} is not modelled")

    def formatted(self, spec: str, context: Context) -> Any:
        return MISSING

    def type_of(self, context: Context) -> Value:
        return context.unknown("the type of this value")

    def has_instance(self, value: Value, context: Context) -> Any:
        return MISSING

    def as_exception(self, context: Context) -> Value:
        return MISSING

    def enter(self, context: Context) -> Value:
        text = f"'{self.type_name}' object does not support the context manager protocol"
        raise context.raise_(TypeError(text))


class BoundMethod(Modelled):
    """A function with its first argument, as `instance.method` gives."""

    type_name = "method"
    __slots__ = ("function", "receiver")

    def __init__(self, function: Value, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver

    def described(self) -> str:
        return "a method"

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return (self == other) is (operator == "==") if operator in ("==", "!=") else MISSING

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        given = [self.receiver, *arguments]
        if isinstance(self.function, Modelled):
            return self.function.call(given, keywords, context)
        return context.call(self.function, given, keywords)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "__self__":
            return self.receiver
        return self.function if name == "__func__" else context.get_attribute(self.function, name)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        raise context.raise_(AttributeError(f"'method' object has no attribute '{name}'"))

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the text of an object, which may hold its address")

    def type_of(self, context: Context) -> Value:
        return types.MethodType

    def is_instance_of(self, class_: Value) -> bool | None:
        path = getattr(class_, "path", None)
        if isinstance(path, str):
            return path.rpartition(".")[2] == "Callable"
        return class_ is object or class_ is types.MethodType

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundMethod) and other.function is self.function and other.receiver is self.receiver

    def __hash__(self) -> int:
        return hash((id(self.function), id(self.receiver)))


class NativeObject(Modelled):
    """Base of everything that is modelled in Python: framework objects, the standard library."""

    type_name: ClassVar[str] = "object"
    is_consumed: ClassVar[bool] = False  # whether reading it changes it, as it does an iterator or a file
    is_changeable: ClassVar[bool] = False  # whether what it holds changes, so that whoever gets it may have done so
    binds: ClassVar[bool] = False  # whether it is a function that gets the object, as an attribute of a class

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        return BoundMethod(self, receiver) if self.binds and receiver is not class_ else self

    def enter(self, context: Context) -> Value:
        return self

    def as_exception(self, context: Context) -> Value:
        return self

    def has_instance(self, value: Value, context: Context) -> Any:
        if isinstance(value, Unknown) or not isinstance(value, Object):
            return value.forgotten() if isinstance(value, Unknown) else False
        known = value.is_instance_of(self)
        return context.unknown(f"what {value.described()} is an instance of") if known is None else known

    def subclass(self, class_: Any, context: Context) -> Value:
        """A class of the project that has this among its bases has been made: the value to bind (by default the
        class)."""
        return class_

    def construct(self, class_: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """A project class with this among its bases is called. `MISSING`: as for any class."""
        return MISSING
