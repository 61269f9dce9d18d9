"""`fire.Fire(component)`: words of the command line call functions, make objects and choose members, by the signatures
of the program's functions; values are Python literals."""

from __future__ import annotations

import ast
import re
import shlex
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, module, unreadable_arguments, usage_error
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Coroutine,
    Descriptor,
    Function,
    NativeFunction,
    NativeObject,
    Object,
    Raised,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.classes import awaited

_SEPARATOR = "-"
_HELP = ("-h", "--help")


def literal(text: str) -> Value:
    """A word as Python's literal, with bare names as texts; a text where it is none."""
    try:
        root = ast.parse(text, mode="eval")
        if isinstance(root.body, ast.BinOp):
            return text
        return ast.literal_eval(_BareNames().visit(root))
    except (SyntaxError, ValueError):
        return text


class _BareNames(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.copy_location(ast.Constant(node.id), node)


class _Refused(Exception):
    """The words don't fit what they are for."""


class _Signature:
    """What a call takes: `names` in order, of which the last have `defaults`."""

    def __init__(self, names: list[str], defaults: dict[str, Value]) -> None:
        self.names = names
        self.defaults = defaults
        self.only_named: list[str] = []
        self.optional_named: set[str] = set()
        self.takes_more = False
        self.takes_named = False
        self.by_position = True

    @classmethod
    def of_function(cls, function: Function, skipped: int) -> _Signature:
        given = function.node.args
        names = [p.arg for p in (*given.posonlyargs, *given.args)][skipped:]
        made = cls(names, {n: function.defaults[n] for n in names if n in function.defaults})
        made.only_named = [p.arg for p in given.kwonlyargs]
        made.optional_named = {n for n in made.only_named if n in function.defaults}
        made.takes_more = given.vararg is not None
        made.takes_named = given.kwarg is not None
        return made


def _signature(component: Value) -> _Signature | None:
    """The signature of what is called when it is met; None for what isn't, and for what is not known."""
    if isinstance(component, Function):
        return _Signature.of_function(component, 0)
    if isinstance(component, BoundMethod) and isinstance(component.function, Function):
        return _Signature.of_function(component.function, 1)
    if isinstance(component, Class):
        return _of_class(component)
    return None


def _of_class(class_: Class) -> _Signature | None:
    made = class_.lookup("__init__")
    if isinstance(made, Function):
        found = _Signature.of_function(made, 1)
    elif made is MISSING and class_.kind == "plain" and not class_.is_open:
        found = _Signature([], {})
    else:
        return None
    found.by_position = False
    return found


class _Firing:
    """One call of `Fire`: the component that is at hand, and the words that are left."""

    def __init__(self, component: Value, words: list[str], separator: str, context: Context) -> None:
        self.component = component
        self.words = words
        self.separator = separator
        self.context = context

    def run(self) -> Value:
        while True:
            self.context.tick()
            before, words = self.component, list(self.words)
            if self._asks_for_help():
                raise self.context.raise_(SystemExit(0))
            self._step_within_separator()
            if self.component is before and self.words == words:
                break
        if self.words:
            raise _Refused(f"Could not consume arguments: {' '.join(self.words)}")
        return self.component

    def _asks_for_help(self) -> bool:
        if not self.words or self.words[0] not in _HELP:
            return False
        signature = _signature(self.component)
        names = [] if signature is None else [*signature.names, *signature.only_named]
        return signature is None or not (signature.takes_named or any(n in ("help", "h") for n in names))

    def _step_within_separator(self) -> None:
        if self.separator not in self.words:
            self._step()
            return
        place = self.words.index(self.separator)
        self.words, saved = self.words[:place], self.words[place + 1 :]
        before = self.component
        self._step()
        if self.words:
            self.words = [*self.words, self.separator, *saved]
        elif _is_called(before) or self.component is before:
            self.words = saved
        else:
            self.words = [self.separator, *saved]

    def _step(self) -> None:
        """Call, index or take a member of what is at hand."""
        component = self.component = self.context.force(self.component)
        if isinstance(component, (Unknown, Symbol)):
            return self._step_unknown(component)
        refused: _Refused | None = None
        if _is_called(component):
            try:
                return self._call(component, _signature(component))
            except _Refused as error:
                refused = error
        try:
            return self._take(component)
        except _Refused as error:
            refused = refused or error
        if _is_callable_object(component):
            return self._call(component, self._of_object(component))
        raise refused

    def _step_unknown(self, component: Unknown | Symbol) -> None:
        """What is not read is given no words; if it is a library's function, it is called."""
        if self.words:
            reason = component.reason if isinstance(component, Unknown) else f"what `{component.path}` takes"
            raise unreadable_arguments(reason, self.context)
        if isinstance(component, Symbol):
            self.component = self.context.call(component)

    def _take(self, component: Value) -> None:
        if isinstance(component, (list, tuple)) and self.words and self._index(component):
            return
        if isinstance(component, dict) and self.words and self._key(component):
            return
        if self.words:
            self._member(component)
        elif _is_called(component) or _is_callable_object(component):
            raise _Refused("Could not consume arg: ")

    def _index(self, component: Any) -> bool:
        try:
            self.component = component[int(self.words[0])]
        except (ValueError, IndexError):
            return False
        self.words = self.words[1:]
        return True

    def _key(self, component: dict[Any, Value]) -> bool:
        word = self.words[0]
        if any(isinstance(key, Object) for key in component):
            raise unreadable_arguments("which keys a dictionary has", self.context)
        for name in (word, word.replace("-", "_")):
            if name in component:
                self.component, self.words = component[name], self.words[1:]
                return True
        key = next((key for key in component if str(key) == word), MISSING)
        if key is MISSING:
            return False
        self.component, self.words = component[key], self.words[1:]
        return True

    def _member(self, component: Value) -> None:
        word = self.words[0]
        for name in dict.fromkeys((word, word.replace("-", "_"))):
            if not name.isidentifier() or (isinstance(component, (Function, BoundMethod)) and not hasattr(_fire, name)):
                continue
            try:
                found = self.context.get_attribute(component, name)
            except Raised as raised:
                if isinstance(raised.value, AttributeError):
                    continue
                raise
            if isinstance(found, (Unknown, NativeFunction)):
                raise unreadable_arguments(f"what `{name}` is", self.context)
            self.component, self.words = found, self.words[1:]
            return
        kind = "Cannot find key:" if isinstance(component, dict) else "Could not consume arg:"
        raise _Refused(f"{kind} {word}")

    def _of_object(self, component: Value) -> _Signature:
        method = component.class_.lookup("__call__") if hasattr(component, "class_") else MISSING
        if isinstance(method, Function):
            found = _Signature.of_function(method, 1)
        else:
            found = _Signature([], {})
            found.takes_more = found.takes_named = True
        found.by_position = False
        return found

    def _call(self, component: Value, signature: _Signature | None) -> None:
        if signature is None:
            raise unreadable_arguments("what a call takes whose signature is not known", self.context)
        arguments, keywords, rest = _bound(signature, self.words)
        result = self.context.call(component, arguments, keywords)
        self.component = awaited(result, self.context) if isinstance(result, Coroutine) else result
        self.words = rest


def _is_called(component: Value) -> bool:
    """Whether it is called as soon as it is met: a function or class."""
    return isinstance(component, (Function, BoundMethod, Class, NativeFunction, Descriptor, type))


def _is_callable_object(component: Value) -> bool:
    if hasattr(component, "class_"):
        return component.class_.lookup("__call__") is not MISSING
    return isinstance(component, NativeObject) and type(component).call is not NativeObject.call


def _bound(signature: _Signature, words: list[str]) -> tuple[list[Value], Keywords, list[str]]:
    """The arguments of a call, and the words that are left."""
    named, unused, rest = _named(signature, words)
    arguments: list[Value] = []
    for name in signature.names:
        if name in named:
            arguments.append(literal(named.pop(name)))
        elif rest and signature.by_position:
            arguments.append(literal(rest.pop(0)))
        elif name not in signature.defaults:
            raise _Refused(f"The function received no value for the required argument: {name}")
        else:
            arguments.append(signature.defaults[name])
    keywords = {name: literal(text) for name, text in named.items()}
    extra = set(keywords) - set(signature.only_named)
    if extra and not signature.takes_named:
        raise _Refused(f"Unexpected kwargs present: {extra}")
    missing = set(signature.only_named) - signature.optional_named - set(keywords)
    if missing:
        raise _Refused(f"Missing required flags: {missing}")
    if signature.takes_more:
        arguments, rest = [*arguments, *map(literal, rest)], []
    return arguments, keywords, [*rest, *unused]


def _named(signature: _Signature, words: list[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """What is given by name, the flags that are for nobody here, and the other words."""
    named: dict[str, str] = {}
    unused: list[str] = []
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if not _is_flag(word):
            rest.append(word)
            continue
        key, equals, text = word.lstrip("-").partition("=")
        is_switch = not equals and (not left or _is_flag(left[0]))
        name = _keyword(signature, word, key.replace("-", "_"), is_switch)
        following = [] if equals or is_switch else [left.pop(0)]
        if not name:
            unused += [word, *following]
        elif is_switch:
            own = name in (*signature.names, *signature.only_named) or not name.startswith("no")
            named[name if own else name[2:]] = str(own)
        else:
            named[name] = text if equals else following[0]
    return named, unused, rest


def _keyword(signature: _Signature, word: str, key: str, is_switch: bool) -> str:
    """The parameter that a flag means; empty for none."""
    names = [*signature.names, *signature.only_named]
    if key in names or signature.takes_named or (is_switch and key.startswith("no") and key[2:] in names):
        return key
    found = [name for name in names if name[0] == key] if len(key) == 1 else []
    if len(found) > 1:
        raise _Refused(f"The argument '{word}' is ambiguous as it could refer to any of the following: {found}")
    return found[0] if found else ""


def _is_flag(word: str) -> bool:
    return word.startswith("--") or re.match("^-[a-zA-Z]", word) is not None


def _fire(a: list[Value], k: Keywords, c: Context) -> Value:
    given = dict(zip(("component", "command", "name", "serialize"), a, strict=False)) | k
    component = c.force(given.get("component"))
    if component is None:
        component = {name: c.evaluator.module_attribute(c.module, name) for name in c.evaluator.names(c.module)}
    words, separator = _words(given.get("command"), c)
    try:
        result = _Firing(component, words, separator, c).run()
    except _Refused as error:
        raise usage_error(str(error), c) from None
    if given.get("serialize") is not None:
        c.call(given["serialize"], [result])
    return result


def _means_something(flag: str) -> bool:
    """Whether a word after the last `--` may be one of Fire's own flags, perhaps shortened; it passes over others."""
    if flag.startswith("--"):
        name = flag.partition("=")[0]
        return name != "--verbose" and any(own.startswith(name) for own in _OWN_FLAGS)
    return flag != "-v" and flag[:1] == "-" and flag[1:2] in ("i", "t", "v", "h")


_OWN_FLAGS = ("--interactive", "--completion", "--separator", "--trace", "--help", "--verbose")


def _words(command: Value, c: Context) -> tuple[list[str], str]:
    """The words of the command, without the flags of Fire's own, and what separates calls."""
    given = c.plain(command)
    if isinstance(given, Unknown):
        raise unreadable_arguments("the command that `Fire` is given", c)
    words = shlex.split(given) if isinstance(given, str) else list(c.evaluator.arguments if given is None else given)
    if "--" not in words:
        return words, _SEPARATOR
    place = len(words) - 1 - words[::-1].index("--")
    flags, words = words[place + 1 :], words[:place]
    if any(flag in _HELP for flag in flags):
        raise c.raise_(SystemExit(0))
    separator = _SEPARATOR
    for flag in flags:
        if flag.startswith("--separator="):
            separator = flag.partition("=")[2]
        elif _means_something(flag):
            raise unreadable_arguments(f"what `Fire` does with `-- {flag}`", c)
    return words, separator


MODULES = {"fire": module("fire", {"Fire": NativeFunction("Fire", _fire)})}
