"""Calls: arguments, frames, generators."""

from __future__ import annotations

import ast

from zencompile.frontend import libraries
from zencompile.frontend.evaluator import generators, reachable
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import RETURN, Frame
from zencompile.frontend.evaluator.uncertain import meet
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Context,
    Coroutine,
    Function,
    Generator,
    Raised,
    Unknown,
    Value,
    operations,
)
from zencompile.frontend.values.hosts import RECEIVERS, call_method
from zencompile.frontend.values.plain import unwrap

DEEPEST = 250
"""Calls inside calls; more is taken for endless recursion (Python itself stops at 1,000)."""


def call_node(ev: Machine, node: ast.Call, frame: Frame) -> Value:
    ev.steps += 1
    if ev.steps > ev.limit:
        ev.out_of_steps(node, frame)
    table = ev.expression_table
    func = node.func
    receiver: Value = MISSING
    callee: Value = None
    if func.__class__ is ast.Attribute:
        receiver = table[func.value.__class__](ev, func.value, frame)
        if receiver.__class__ not in RECEIVERS or not hasattr(receiver.__class__, func.attr):
            callee = operations.get_attribute(receiver, func.attr, Context(ev, func, frame.module))
            receiver = MISSING
    else:
        callee = table[func.__class__](ev, func, frame)
    arguments: list[Value] = []
    for argument in node.args:
        if argument.__class__ is ast.Starred:
            items = operations.all_items(ev.eval(argument.value, frame), Context(ev, argument, frame.module))
            arguments.extend([items] if isinstance(items, Unknown) else items)
        else:
            arguments.append(table[argument.__class__](ev, argument, frame))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        if keyword.arg is not None:
            keywords[keyword.arg] = table[keyword.value.__class__](ev, keyword.value, frame)
        else:
            _spread(ev, keyword, keywords, frame)
    if receiver is not MISSING:
        if ev.run_values:
            context = Context(ev, node, frame.module)
            answer = operations.method_of_later(receiver, func.attr, arguments, keywords, context)  # type: ignore[attr-defined]
            if answer is not MISSING:
                return answer
        return call_method(receiver, func.attr, arguments, keywords, Context(ev, node, frame.module))  # type: ignore[attr-defined]
    if callee.__class__ is Function:
        return call_function(ev, callee, arguments, keywords, node, frame)
    if callee.__class__ is BoundMethod and callee.function.__class__ is Function:
        return call_function(ev, callee.function, [callee.receiver, *arguments], keywords, node, frame)
    return operations.call(callee, arguments, keywords, Context(ev, node, frame.module))


def _spread(ev: Machine, keyword: ast.keyword, keywords: dict[str, Value], frame: Frame) -> None:
    """`**mapping` in a call. If it is unknown, it arrives as a keyword named `**`."""
    mapping = operations.mapping(ev.eval(keyword.value, frame), Context(ev, keyword.value, frame.module))
    if isinstance(mapping, Unknown):
        keywords["**"] = mapping.forgotten()
        return
    for key, value in mapping.items():
        key = unwrap(key)
        if isinstance(key, Unknown):
            keywords["**"] = key.forgotten()
        elif not isinstance(key, str):
            raise ev.raised(TypeError("keywords must be strings"), keyword.value, frame)
        elif key in keywords:
            text = f"got multiple values for keyword argument '{key}'"
            raise ev.raised(TypeError(text), keyword.value, frame)
        else:
            keywords[key] = value


def give_away(ev: Machine, path: str, arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    """Something that is not read is called: it may change what it is given, unless it is known not to."""
    given = reachable.given_away([*arguments, *keywords.values()])
    if libraries.leaves_arguments(path):
        given = [one for one in given if getattr(one, "is_consumed", False)]
    if given:
        named = f"`{path}()`" if path else "a call"
        reachable.make_uncertain(ev, given, context.unknown(f"{named}, which is not read, may have changed it"))


def call_function(
    ev: Machine, function: Function, arguments: list[Value], keywords: dict[str, Value], node: ast.AST, frame: Frame
) -> Value:
    info = ev.info(function)
    values = bind_arguments(ev, function, arguments, keywords, node, frame)
    inner = Frame(function.module, values, function.closure)
    inner.info = info
    inner.function = function
    inner.qualname = f"{function.qualname}.<locals>"
    if info.is_generator:
        return Generator(generators.run(ev, function, inner, node, frame))
    if info.is_async:
        return Coroutine(lambda: execute(ev, function, inner, node, frame))
    return execute(ev, function, inner, node, frame)


def execute(ev: Machine, function: Function, inner: Frame, node: ast.AST, frame: Frame) -> Value:
    """Run a function's body in its frame."""
    if ev.depth >= DEEPEST:
        raise ev.raised(RecursionError("maximum recursion depth exceeded"), node, frame)
    outer, ev.frame = ev.frame, inner
    ev.depth += 1
    uncertain = len(ev.uncertain)
    mark = len(ev.departures)
    body = function.node.body
    try:
        if body.__class__ is not list:
            return ev.eval(body, inner)  # type: ignore[arg-type]
        signal = ev.run(body, inner)
        if signal is None:
            inner.result = None
        if len(ev.departures) > mark:
            meet(ev, inner, mark, (RETURN,))
        return inner.result
    except Raised:
        if meet(ev, inner, mark, (RETURN,), alive=False):
            return inner.result
        raise
    finally:
        ev.depth -= 1
        ev.frame = outer
        del ev.uncertain[uncertain:]


def bind_arguments(
    ev: Machine, function: Function, arguments: list[Value], keywords: dict[str, Value], node: ast.AST, frame: Frame
) -> dict[str, Value]:
    """The names that a call binds; what doesn't fit is the program's TypeError."""
    signature = function.node.args
    positional = [*signature.posonlyargs, *signature.args] if signature.posonlyargs else signature.args
    names = ev.info(function).parameters
    if not keywords and len(arguments) == len(positional) == len(names):  # most calls: nothing is left to choose
        return dict(zip(names, arguments, strict=True))
    values: dict[str, Value] = {}
    for parameter, value in zip(positional, arguments, strict=False):
        values[parameter.arg] = value
    if len(arguments) > len(positional):
        if signature.vararg is None:
            raise ev.raised(TypeError(_too_many(function, positional, len(arguments))), node, frame)
        values[signature.vararg.arg] = tuple(arguments[len(positional) :])
    elif signature.vararg is not None:
        values[signature.vararg.arg] = ()
    unknown = keywords.get("**")
    if keywords:
        _bind_keywords(ev, function, keywords, values, node, frame)
    elif signature.kwarg is not None:
        values[signature.kwarg.arg] = {}
    defaults = function.defaults
    missing: list[str] = []
    for parameter in (*positional, *signature.kwonlyargs):
        name = parameter.arg
        if name not in values:
            if unknown is not None:
                values[name] = unknown
            elif name in defaults:
                values[name] = defaults[name]
            else:
                missing.append(name)
    if missing:
        if arguments and isinstance(arguments[-1], Unknown) and _has_star(node):
            values.update(dict.fromkeys(missing, arguments[-1]))
            return values
        raise ev.raised(TypeError(_missing(function, missing, signature)), node, frame)
    return values


def _has_star(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(isinstance(a, ast.Starred) for a in node.args)


def _bind_keywords(
    ev: Machine, function: Function, keywords: dict[str, Value], values: dict[str, Value], node: ast.AST, frame: Frame
) -> None:
    signature = function.node.args
    by_name = {a.arg for a in signature.args}
    by_name.update(a.arg for a in signature.kwonlyargs)
    rest: dict[str, Value] = {}
    for name, value in keywords.items():
        if name == "**":
            continue
        if name in by_name:
            if name in values:
                text = f"{function.qualname}() got multiple values for argument '{name}'"
                raise ev.raised(TypeError(text), node, frame)
            values[name] = value
        elif signature.kwarg is not None:
            rest[name] = value
        else:
            text = f"{function.qualname}() got an unexpected keyword argument '{name}'"
            raise Raised(TypeError(text), Context(ev, node, frame.module).keyword_span(name))
    if signature.kwarg is not None:
        values[signature.kwarg.arg] = keywords.get("**", rest)


def _too_many(function: Function, positional: list[ast.arg], given: int) -> str:
    required = sum(1 for a in positional if a.arg not in function.defaults)
    count = len(positional)
    takes = f"from {required} to {count}" if required != count else str(count)
    plural = "" if count == 1 else "s"
    were = "was" if given == 1 else "were"
    return f"{function.qualname}() takes {takes} positional argument{plural} but {given} {were} given"


def _missing(function: Function, missing: list[str], signature: ast.arguments) -> str:
    keyword_only = {a.arg for a in signature.kwonlyargs}
    positional = [m for m in missing if m not in keyword_only]
    names, kind = (positional, "positional") if positional else (missing, "keyword-only")
    quoted = [f"'{n}'" for n in names]
    if len(quoted) > 2:
        listed = f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    else:
        listed = " and ".join(quoted)
    plural = "" if len(names) == 1 else "s"
    return f"{function.qualname}() missing {len(names)} required {kind} argument{plural}: {listed}"
