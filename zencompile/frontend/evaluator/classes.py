"""Definitions: functions, classes, decorators."""

from __future__ import annotations

import ast
from typing import Any

from zencompile.frontend.evaluator.annotations import check_annotations
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame, declared_in_class
from zencompile.frontend.values import Class, Context, Descriptor, Function, Unknown, Value, operations
from zencompile.frontend.values.classes import finish_class, metaclass_of, prepared, set_bases

# functions


def make_function(ev: Machine, node: Any, name: str, frame: Frame) -> Function:
    arguments = node.args
    defaults: dict[str, Value] = {}
    if arguments.defaults:
        positional = [*arguments.posonlyargs, *arguments.args]
        for parameter, default in zip(positional[-len(arguments.defaults) :], arguments.defaults, strict=False):
            defaults[parameter.arg] = ev.eval(default, frame)
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults[parameter.arg] = ev.eval(default, frame)
    prefix = frame.qualname
    closure = None if frame.parent is None and frame.info is None and not frame.is_class else frame
    return Function(name, f"{prefix}.{name}" if prefix else name, frame.module, node, defaults, closure)


def define_function(ev: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
    function = make_function(ev, node, node.name, frame)
    check_annotations(ev, function, frame)
    return decorate(ev, node.decorator_list, function, frame) if node.decorator_list else function


def decorate(ev: Machine, decorators: list[ast.expr], target: Value, frame: Frame) -> Value:
    """Evaluate decorators from above, and apply them from below."""
    found = [(ev.eval(decorator, frame), decorator) for decorator in decorators]
    for decorator, node in reversed(found):
        target = _apply(ev, decorator, target, node, frame)
    return target


def _apply(ev: Machine, decorator: Value, target: Value, node: ast.expr, frame: Frame) -> Value:
    context = Context(ev, node, frame.module)
    result = operations.as_object(context.force(decorator)).decorated(target, context)
    if isinstance(result, Unknown) and isinstance(target, (Function, Class)):
        target.wrappers = (*target.wrappers, result)
        return target
    return result


# classes


def _finished(ev: Machine, class_: Class, meta: Value, keywords: dict[str, Value], context: Context) -> Value:
    """What the metaclass makes of a class whose body has run."""
    if isinstance(meta, Class) and meta.is_subtype(type):
        named = {"__module__": class_.module.name, "__qualname__": class_.qualname}
        namespace = {**named, **class_.namespace}
    elif isinstance(meta, Function):
        namespace = class_.namespace
    else:
        class_.meta = meta if isinstance(meta, Class) else None
        return finish_class(class_, context)
    ev.pending_classes.append(class_)
    try:
        return operations.call(meta, [class_.name, class_.bases, namespace], keywords, context)
    finally:
        if class_ in ev.pending_classes:
            ev.pending_classes.remove(class_)


def define_class(ev: Machine, node: ast.ClassDef, frame: Frame) -> Value:
    context = Context(ev, node, frame.module)
    bases: list[Value] = []
    for base in node.bases:
        if isinstance(base, ast.Starred):
            items = operations.all_items(ev.eval(base.value, frame), Context(ev, base, frame.module))
            bases.extend([items] if isinstance(items, Unknown) else items)
        else:
            bases.append(Context(ev, base, frame.module).force(ev.eval(base, frame)))
    options = {k.arg: ev.eval(k.value, frame) for k in node.keywords if k.arg}
    qualname = f"{frame.qualname}.{node.name}" if frame.qualname else node.name
    class_ = Class(node.name, qualname, frame.module, node, tuple(bases))
    class_.options.update(options)
    inner = Frame(frame.module, {}, frame)
    inner.is_class = True
    inner.info = declared_in_class(node)
    inner.qualname = qualname
    class_.scope = inner
    set_bases(class_)
    inner.values = class_.behaviour.body(class_, context)
    meta = metaclass_of(class_)
    keywords = {name: value for name, value in options.items() if name != "metaclass"}
    if isinstance(meta, Class):
        begun = prepared(meta, class_, keywords, context)
        if type(begun) is not dict:
            return context.unknown(f"the body of `{node.name}`, which its metaclass keeps in something else")
        inner.values.update(begun)
    # Bodies with star imports or loops are allowed; names are bound as they come.
    ev.run(node.body, inner)
    class_.namespace = dict(inner.values)
    if ast.get_docstring(node) is not None:
        class_.namespace.setdefault("__doc__", ast.get_docstring(node))
    for value in class_.namespace.values():
        function = value.function if isinstance(value, Descriptor) else value
        if isinstance(function, Function) and function.owner is None and function.closure is inner:
            function.owner = class_
    result = _finished(ev, class_, meta, keywords, context)
    return decorate(ev, node.decorator_list, result, frame) if node.decorator_list else result
