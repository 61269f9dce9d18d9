"""Small ways to model a module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zencompile.frontend.values import Context, NativeFunction, NativeModule, NativeObject, Raised, Unknown, Value
from zencompile.frontend.values.deferred import Deferred, Named
from zencompile.frontend.values.plain import PLAIN
from zencompile.frontend.values.pure import call_pure, plain_argument

Keywords = dict[str, Value]


def pure(name: str, function: Callable[..., Any]) -> NativeFunction:
    """A function of Python itself, called on plain data."""
    made = NativeFunction(name, lambda a, k, c: call_pure(function, a, k, c, name))
    made.is_pure = True
    return made


def pure_from(module: Any, names: Iterable[str]) -> dict[str, Value]:
    return {name: pure(name, getattr(module, name)) for name in names if hasattr(module, name)}


def given_plain(a: list[Value], k: Keywords, c: Context) -> tuple[list[Any], Keywords] | Unknown:
    """Arguments as Python's own functions understand them."""
    listed = [plain_argument(one, c) for one in a]
    named = {name: plain_argument(one, c) for name, one in k.items()}
    found = next((one.forgotten() for one in (*listed, *named.values()) if isinstance(one, Unknown)), None)
    return (listed, named) if found is None else found


def lazily(items: Iterable[Any], c: Context) -> Iterator[Value]:
    """Items of an iterator of Python's own: what it raises comes when it comes there."""
    iterator = iter(items)
    while True:
        c.tick()
        try:
            item = next(iterator)
        except StopIteration:
            return
        except Exception as error:
            raise c.raise_(error) from None
        yield item


def unknown(name: str, reason: str) -> NativeFunction:
    """A function whose result can't be known."""
    return NativeFunction(name, lambda a, k, c: c.unknown(reason))


def of_machine(path: str, reason: str) -> NativeFunction:
    """A function that asks the machine: what it says is asked where the step runs that is given it."""

    return NativeFunction(path.rpartition(".")[2], lambda a, k, c: asked_of_machine(path, a, k, reason, c))


def asked_of_machine(path: str, a: list[Value], k: Keywords, reason: str, c: Context) -> Unknown:
    """What a function says of the machine where a step runs."""
    if "**" in k or any(type(one) not in PLAIN for one in (*a, *k.values())):
        return c.unknown(reason)
    c.evaluator.run_values = True
    return Deferred(c.span, reason, "call", [Named(path), *a, *k.values()], keywords=tuple(k), is_fixed=True)


def constant(name: str, value: Value = None) -> NativeFunction:
    """A function that has an effect when steps run, not here."""
    return NativeFunction(name, lambda a, k, c: value)


def identity(a: list[Value], k: Keywords, c: Context) -> Value:
    """A function that gives back its argument: a decorator without effect, with or without arguments."""
    return a[0] if a else NativeFunction("decorator", identity)


def bind(names: str, arguments: list[Value], keywords: Keywords, context: Context, what: str) -> dict[str, Value]:
    """Arguments by name. `names` are the parameters in order; those after `*` are keyword-only. What is not given is
    absent."""
    parameters = names.split()
    positional = parameters[: parameters.index("*")] if "*" in parameters else parameters
    if len(arguments) > len(positional):
        raise context.raise_(TypeError(f"{what}() takes at most {len(positional)} positional arguments"))
    found = dict(zip(positional, arguments, strict=False))
    for name, value in keywords.items():
        if name in found:
            raise context.raise_(TypeError(f"{what}() got multiple values for argument '{name}'"))
        if name not in parameters and name != "**":
            raise context.raise_(TypeError(f"{what}() got an unexpected keyword argument '{name}'"))
        found[name] = value
    return found


class Quiet(NativeObject):
    """Something whose use has no effect when compiling: a logger, a console, a progress bar."""

    def __init__(self, type_name: str, is_object: bool = True) -> None:
        self.type_name = type_name  # type: ignore[misc]
        self.is_object = is_object
        """Whether it is certainly an object of its kind, and so true; what it holds or answers may be anything."""

    def get_attribute(self, name: str, context: Context) -> Value:
        if name.startswith("__") and name.endswith("__"):
            return super().get_attribute(name, context)
        return Quiet(f"{self.type_name}.{name}", False)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Nothing is kept."""

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        """Nothing is kept."""

    def get_item(self, key: Value, context: Context) -> Value:
        return self

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return self

    def length(self, context: Context) -> int | Unknown:
        return context.unknown(f"the length of a {self.type_name}")

    def unary(self, operator: str, context: Context) -> Value:
        return context.unknown(f"the value of a {self.type_name}")

    def delete_item(self, key: Value, context: Context) -> None:
        """Nothing is kept."""

    def iterate(self, context: Context) -> Any:
        return context.unknown(f"the items of a {self.type_name}")

    def truth(self, context: Context) -> bool | Unknown:
        return True if self.is_object else context.unknown(f"whether a {self.type_name} is true")

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return context.unknown(f"the value of a {self.type_name}")

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return context.unknown(f"the value of a {self.type_name}")

    def decorated(self, target: Value, context: Context) -> Value:
        return target


_ALSO_PURE_NAMES = """
json.dumps json.loads
re.escape re.findall re.split re.sub
urllib.parse.quote urllib.parse.urlencode urllib.parse.urljoin
"""
_ALSO_PURE = frozenset(_ALSO_PURE_NAMES.split())
"""Functions with a model of their own that do nothing but compute."""


def module(name: str, namespace: dict[str, Value]) -> NativeModule:
    for own, value in namespace.items():
        dotted = f"{name}.{own}"
        if isinstance(value, NativeFunction) and (value.is_pure or dotted in _ALSO_PURE):
            value.dotted = dotted
    return NativeModule(name, namespace)


def usage_error(message: str, context: Context) -> Raised:
    """The exception of a script whose arguments don't fit; reported here."""
    text = message.strip().rstrip(".")
    context.report.error(
        "ZC0107",
        f"the arguments of the script don't fit: {text[:1].lower()}{text[1:]}",
        context.span,
        label="this command reads them",
        helps="give them after `--`, as `zencompile run.py -- --option value`",
    )
    return Raised(Unknown(context.span, text, reported=True), context.span)


def unreadable_arguments(reason: str, context: Context) -> Raised:
    """The exception of a script of which it can't be said what it does with its arguments; reported here."""
    context.report.error(
        "ZC0170",
        "what the script does with its arguments can't be known",
        context.span,
        label="this reads them",
        notes=reason,
        helps="name the pipeline that is meant, as `zencompile run.py:pipeline`",
    )
    return Raised(Unknown(context.span, reason, reported=True), context.span)


def constants_of(source: Any) -> dict[str, Value]:
    return {n: v for n, v in vars(source).items() if type(v) in PLAIN and not n.startswith("_")}
