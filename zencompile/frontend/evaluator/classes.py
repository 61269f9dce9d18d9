"""Definitions: functions, classes of all kinds, their fields and members, decorators."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.annotations import check_annotations
from zencompile.frontend.evaluator.instances import Auto, FieldSpec, MemberSpec, is_marked
from zencompile.frontend.evaluator.iteration import iterate
from zencompile.frontend.evaluator.plain import force, identical
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    EnumMember,
    Field,
    Function,
    Generic,
    Instance,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

PYDANTIC = frozenset(
    {"pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel", "pydantic_settings.BaseSettings",
     "pydantic.BaseSettings", "sqlmodel.SQLModel", "pydantic.v1.BaseSettings", "pydantic.generics.GenericModel"}
)  # fmt: skip
_TYPING_BASES = frozenset({"Generic", "Protocol", "ABC", "SupportsInt", "Hashable"})


# functions


def make_function(ev: Evaluator, node: Any, name: str, frame: Frame) -> Function:
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


def define_function(ev: Evaluator, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
    function = make_function(ev, node, node.name, frame)
    check_annotations(ev, function, frame)
    return decorate(ev, node.decorator_list, function, frame) if node.decorator_list else function


def decorate(ev: Evaluator, decorators: list[ast.expr], target: Value, frame: Frame) -> Value:
    """Evaluate decorators from above, and apply them from below."""
    found = [(ev.eval(decorator, frame), decorator) for decorator in decorators]
    for decorator, node in reversed(found):
        target = _apply(ev, decorator, target, node, frame)
    return target


def _apply(ev: Evaluator, decorator: Value, target: Value, node: ast.expr, frame: Frame) -> Value:
    context = Context(ev, node, frame.module)
    if isinstance(decorator, NativeObject):
        return decorator.decorated(target, context)
    if isinstance(decorator, (Symbol, Unknown)):
        if isinstance(target, (Function, Class)):
            bound = ev.provider.decorated(decorator, target, context)
            if bound is target:
                target.wrappers = (*target.wrappers, decorator)
            return bound
        return target
    result = ev.call_value(decorator, [target], {}, context)
    if isinstance(result, Unknown) and isinstance(target, (Function, Class)):
        target.wrappers = (*target.wrappers, result)
        return target
    return result


# classes


def define_class(ev: Evaluator, node: ast.ClassDef, frame: Frame) -> Value:
    bases: list[Value] = []
    for base in node.bases:
        if isinstance(base, ast.Starred):
            items = iterate(ev, ev.eval(base.value, frame), base, frame)
            bases.extend([items] if isinstance(items, Unknown) else items)
        else:
            bases.append(force(ev, ev.eval(base, frame), base, frame))
    options = {k.arg: ev.eval(k.value, frame) for k in node.keywords if k.arg}
    qualname = f"{frame.qualname}.{node.name}" if frame.qualname else node.name
    class_ = Class(node.name, qualname, frame.module, node, tuple(bases))
    class_.options.update(options)
    inner = Frame(frame.module, {}, frame)
    inner.is_class = True
    inner.qualname = qualname
    class_.scope = inner
    own = [b for b in (_base(ev, base) for base in bases) if b is not None]
    class_.mro = linearize(class_, own)
    class_.kind = _kind(class_)
    # Bodies with star imports or loops are allowed; names are bound as they come.
    ev.run(node.body, inner)
    class_.namespace = dict(inner.values)
    if ast.get_docstring(node) is not None:
        class_.namespace.setdefault("__doc__", ast.get_docstring(node))
    for value in class_.namespace.values():
        function = value.function if isinstance(value, Descriptor) else value
        if isinstance(function, Function) and function.owner is None and function.closure is inner:
            function.owner = class_
    return _finish(ev, class_, node, frame)


def _finish(ev: Evaluator, class_: Class, node: ast.ClassDef, frame: Frame) -> Value:
    context = Context(ev, node, frame.module)
    if class_.kind == "enum":
        make_enum(ev, class_, context)
    elif class_.kind in ("namedtuple", "pydantic", "typeddict"):
        make_fields(ev, class_, context)
    else:
        inherited = next((b for b in class_.mro[1:] if type(b) is Class and b.fields), None)
        if inherited is not None:
            class_.fields = dict(inherited.fields)
    for name, value in list(class_.namespace.items()):
        if isinstance(value, Instance):
            hook = value.class_.lookup("__set_name__")
            if hook is not MISSING:
                ev.call_value(hook, [value, class_, name], {}, context)
    for base in class_.mro[1:]:
        if type(base) is Class and "__init_subclass__" in base.namespace:
            hook = base.namespace["__init_subclass__"]
            function = hook.function if isinstance(hook, Descriptor) else hook
            keywords = {k: v for k, v in class_.options.items() if k not in ("metaclass", "eq", "order")}
            ev.call_value(function, [class_], keywords, context)
            break
    result: Value = class_
    for base in class_.bases:
        if isinstance(base, NativeObject):
            result = base.subclass(class_, context)
            break
        if isinstance(base, Class):
            native = next((b for b in base.mro if isinstance(b, NativeObject)), None)
            if native is not None:
                result = native.subclass(class_, context)
                break
    return decorate(ev, node.decorator_list, result, frame) if node.decorator_list else result


def _base(ev: Evaluator, base: Value) -> Value:
    """A base as it stands in the MRO; None for those that only matter to type checkers."""
    if isinstance(base, Generic):
        base = base.origin
    if base is object:
        return None
    if isinstance(base, Symbol):
        module, _, last = base.path.rpartition(".")
        if module in ("typing", "abc", "typing_extensions", "collections.abc") and last in _TYPING_BASES:
            return None
    return base


def linearize(class_: Class, bases: list[Value]) -> tuple[Value, ...]:
    """C3 where it works, depth first where the program's own order is inconsistent."""
    sequences = [_mro_of(base) for base in bases] + [list(bases)]
    result: list[Value] = [class_]
    while any(sequences):
        head = next(
            (s[0] for s in sequences if s and not any(any(x is s[0] for x in other[1:]) for other in sequences)), None
        )
        if head is None:
            head = next(s[0] for s in sequences if s)
        result.append(head)
        sequences = [[x for x in s if x is not head] for s in sequences]
    return tuple(result)


def _mro_of(base: Value) -> list[Value]:
    if isinstance(base, Class):
        return list(base.mro)
    if isinstance(base, type):
        return [b for b in base.__mro__ if b is not object]
    return [base]


def _kind(class_: Class) -> str:
    for base in class_.mro[1:]:
        if isinstance(base, Symbol):
            if base.path in PYDANTIC:
                return "pydantic"
            last = base.path.rpartition(".")[2]
            if base.path.startswith("typing") and last in ("NamedTuple", "TypedDict"):
                return last.lower()
        elif isinstance(base, type):
            if issubclass(base, enum.Enum):
                return "enum"
            if issubclass(base, BaseException):
                return "exception"
        elif type(base) is Class and base.kind != "plain":
            return base.kind
    return "plain"


def make_enum(ev: Evaluator, class_: Class, context: Context) -> None:
    """Turn what an enum's body bound into members."""
    mixin: type | None = None
    for base in class_.mro[1:]:
        if isinstance(base, type) and base in (str, int, float, bytes, tuple):
            mixin = base
            break
    text_is_value = any(
        isinstance(b, type) and (b is enum.IntEnum or b.__name__ in ("StrEnum", "IntFlag")) for b in class_.mro
    )
    class_.options["text is value"] = text_is_value
    for base in reversed(class_.mro[1:]):
        if type(base) is Class:
            class_.members.update(base.members)
    initializer = class_.lookup("__init__")
    last: Value = None
    for name, value in list(class_.namespace.items()):
        if name.startswith("_") or isinstance(value, (Function, Descriptor, Class)):
            continue
        if isinstance(value, Auto):
            value = _next_value(class_, name, last, mixin)
        elif isinstance(value, MemberSpec):
            value = value.value
        last = value
        try:
            twin = next((m for m in class_.members.values() if identical(m.value, value)), None)
        except Exception:
            twin = None
        if twin is not None:
            class_.members[name] = twin
        else:
            if mixin is str and isinstance(value, tuple) and value and isinstance(value[0], str):
                value = value[0]
            class_.members[name] = EnumMember(class_, name, value, mixin)
        del class_.namespace[name]
        if isinstance(initializer, Function):
            _init_member(ev, class_, class_.members[name], value, initializer, context)


def _init_member(
    ev: Evaluator, class_: Class, member: EnumMember, value: Value, initializer: Function, context: Context
) -> None:
    """An enum whose members have attributes of their own: `__init__` runs on a stand-in, whose attributes can be
    read."""
    stand_in = Instance(class_)
    stand_in.attributes.update(name=member.name, value=value)
    arguments = list(value) if isinstance(value, tuple) else [value]
    ev.call_value(initializer, [stand_in, *arguments], {}, context)
    own = {k: v for k, v in stand_in.attributes.items() if k not in ("name", "value", "_value_")}
    if "_value_" in stand_in.attributes:
        member.value = stand_in.attributes["_value_"]
    member.attributes.update(own)


def _next_value(class_: Class, name: str, last: Value, mixin: type | None) -> Value:
    if mixin is str or any(isinstance(b, type) and b.__name__ == "StrEnum" for b in class_.mro):
        return name.lower()
    flag = any(isinstance(b, type) and issubclass(b, enum.Flag) for b in class_.mro)
    if flag:
        return 1 if not isinstance(last, int) else 1 << last.bit_length()
    return last + 1 if isinstance(last, int) else 1


# fields


def make_fields(ev: Evaluator, class_: Class, context: Context) -> None:
    """Collect the annotated names of a dataclass, named tuple, typed dict or pydantic model."""
    fields: dict[str, Field] = {}
    for base in reversed(class_.mro[1:]):
        if type(base) is Class:
            fields.update(base.fields)
    for statement in class_.node.body if class_.node else ():
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name = statement.target.id
        if _is_class_variable(statement.annotation) or (class_.kind == "pydantic" and name.startswith("_")):
            continue
        if class_.kind == "pydantic" and name == "model_config":
            continue
        default = class_.namespace.get(name, MISSING)
        span = ev.span(statement.target, context.module)
        field = Field(name, statement.annotation, default, span=span)
        if isinstance(default, FieldSpec):
            field.default, field.factory, field.init = default.default, default.factory, default.init
            class_.namespace.pop(name, None)
            if default.default is not MISSING:
                class_.namespace[name] = default.default
            if default.alias:
                class_.options.setdefault("aliases", {})[default.alias] = name
        fields[name] = field
        if class_.kind == "dataclass" and "KW_ONLY" in ast.dump(statement.annotation):
            del fields[name]
    if class_.kind == "pydantic":
        for name, value in class_.namespace.items():
            if name in fields and fields[name].required and not isinstance(value, (Function, Descriptor, Class)):
                fields[name] = Field(name, fields[name].annotation, value, span=fields[name].span)
    class_.fields = fields


def _is_class_variable(annotation: ast.expr) -> bool:
    return is_marked(annotation, "ClassVar")


def make_dataclass(ev: Evaluator, class_: Class, options: dict[str, Value], context: Context) -> Class:
    class_.kind = "dataclass"
    class_.options.update(options)
    make_fields(ev, class_, context)
    return class_
