"""`fire.Fire(function)`: options from the signature, values as Python literals."""

from __future__ import annotations

import ast

from zencompile.frontend.prelude.helpers import Keywords, module, usage_error
from zencompile.frontend.values import Class, Context, Function, NativeFunction, Value
from zencompile.frontend.values.plain import PLAIN


def _literal(text: str) -> Value:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def _fire(a: list[Value], k: Keywords, c: Context) -> Value:
    component = c.force(a[0] if a else k.get("component"))
    given = c.plain(k.get("command", a[1] if len(a) > 1 else None))
    line = given.split() if isinstance(given, str) else list(c.evaluator.arguments)
    while not isinstance(component, Function):
        if isinstance(component, dict):
            if not line or line[0] not in component:
                raise usage_error(f"no such command; one of: {', '.join(map(str, component))}", c)
            component = component[line.pop(0)]
        elif isinstance(component, Class):
            component = c.call(component)
        elif line and not line[0].startswith("-"):
            component = c.get_attribute(component, line.pop(0).replace("-", "_"))
            if not isinstance(component, Function):
                return _call(component, line, c)
        else:
            return _call(component, line, c)
    return _call(component, line, c)


def _call(component: Value, line: list[str], c: Context) -> Value:
    if type(component) in PLAIN:
        return component
    arguments: list[Value] = []
    keywords: Keywords = {}
    while line:
        item = line.pop(0)
        if item == "--":
            break
        if not item.startswith("--"):
            arguments.append(_literal(item))
            continue
        name, equals, text = item[2:].partition("=")
        name = name.replace("-", "_")
        if equals:
            keywords[name] = _literal(text)
        elif line and not line[0].startswith("--"):
            keywords[name] = _literal(line.pop(0))
        else:
            keywords[name.removeprefix("no") if name.startswith("no") else name] = not name.startswith("no")
    return c.call(component, arguments, keywords)


MODULES = {"fire": module("fire", {"Fire": NativeFunction("Fire", _fire)})}
