"""Objects of the program's classes: making them, and what they have without the class saying so."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.attributes import get_attribute
from zencompile.frontend.evaluator.plain import PLAIN, identical, in_order, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    EnumMember,
    EnvironmentReference,
    Field,
    Generic,
    Instance,
    NativeFunction,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class Auto(NativeObject):
    """`enum.auto()`."""

    type_name = "auto"


class MemberSpec(NativeObject):
    """`enum.member(value)`."""

    type_name = "member"

    def __init__(self, value: Value) -> None:
        self.value = value


class FieldSpec(NativeObject):
    """What `dataclasses.field(...)` and `pydantic.Field(...)` give in a class body."""

    type_name = "Field"

    def __init__(self, default: Value = MISSING, factory: Value = MISSING, init: bool = True, alias: str = "") -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.alias = alias

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.unknown(f"`{name}` of a field")


def instantiate(
    ev: Evaluator, class_: Class, arguments: list[Value], keywords: dict[str, Value], node: ast.AST, frame: Frame
) -> Value:
    """`class_(…)`."""
    context = Context(ev, node, frame.module)
    for base in class_.mro:
        if isinstance(base, NativeObject):
            made = base.construct(class_, arguments, keywords, context)
            if made is not MISSING:
                return made
    if class_.kind == "enum":
        return _member_of(ev, class_, arguments, context)
    if class_.kind == "typeddict":
        return dict(*arguments[:1], **keywords)
    maker = class_.lookup("__new__")
    if maker is not MISSING:
        function = maker.function if isinstance(maker, Descriptor) else maker
        made = ev.call_value(function, [class_, *arguments], keywords, context)
        if not isinstance(made, Instance) or made.class_ is not class_:
            return made
        instance = made
    else:
        instance = Instance(class_)
        _native_part(ev, instance, arguments, keywords, context)
    initializer = class_.lookup("__init__")
    if initializer is not MISSING and class_.kind != "pydantic":
        if class_.kind == "exception":
            instance.attributes["args"] = tuple(arguments)
        ev.call_value(initializer, [instance, *arguments], keywords, context)
    elif initializer is not MISSING:
        ev.call_value(initializer, [instance, *arguments], keywords, context)
    else:
        base_init(ev, instance, arguments, keywords, context)
    return instance


def _native_part(
    ev: Evaluator, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    from zencompile.frontend.evaluator import builtins

    own_init = instance.class_.lookup("__init__") is not MISSING
    for base in instance.class_.mro:
        if isinstance(base, type) and base in (dict, list, set, str, int, float, tuple, frozenset):
            mutable = base in (dict, list, set)
            given = ([], {}) if own_init and mutable else (arguments, keywords)
            instance.native = builtins.construct(ev, base, given[0], given[1], context.node, ev._frame(context))
            return


def base_init(
    ev: Evaluator, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    """What `__init__` does where the class has none of its own."""
    class_ = instance.class_
    if class_.kind in ("dataclass", "namedtuple", "pydantic"):
        _init_fields(ev, instance, arguments, keywords, context)
    elif class_.kind == "exception":
        instance.attributes["args"] = tuple(arguments)
    elif instance.native is not MISSING:
        if isinstance(instance.native, (dict, list, set)) and (arguments or keywords) and not instance.native:
            from zencompile.frontend.evaluator import builtins

            kind = type(instance.native)
            made = builtins.construct(ev, kind, arguments, keywords, context.node, ev._frame(context))
            instance.native = made
    elif class_.is_open:
        instance.attributes.update({k: v for k, v in keywords.items() if k != "**"})
        instance.keywords.update(keywords)
    elif arguments or any(k != "**" for k in keywords):
        raise context.raise_(TypeError(f"{class_.name}() takes no arguments"))


def _init_fields(
    ev: Evaluator, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    class_ = instance.class_
    fields = class_.fields
    aliases = class_.options.get("aliases", {})
    keywords = {aliases.get(k, k): v for k, v in keywords.items()}
    given = _given(class_, arguments, keywords, context)
    unknown = keywords.get("**")
    missing = []
    for name, field in fields.items():
        if name in given:
            value = given[name]
            if class_.kind == "pydantic":
                value = _coerce(ev, class_, field, value, context)
            instance.keywords[name] = value
        elif unknown is not None:
            value = unknown
        elif field.factory is not MISSING:
            value = context.call(field.factory)
        elif field.default is not MISSING:
            value = _default(ev, class_, field, context)
        else:
            missing.append(name)
            continue
        instance.attributes[name] = value
    if missing and _is_settings(class_):
        for name in missing:
            instance.attributes[name] = EnvironmentReference(_variable(class_, name), MISSING, context.span)
    elif missing:
        _report_missing(class_, missing, context)
    for name, value in given.items():
        if name not in fields:
            instance.attributes[name] = value
            instance.keywords[name] = value
    after = class_.lookup("__post_init__") if class_.kind == "dataclass" else class_.lookup("model_post_init")
    if after is not MISSING and class_.kind != "namedtuple":
        context.call(after, [instance] if class_.kind == "dataclass" else [instance, None])


def _is_settings(class_: Class) -> bool:
    """Whether a model takes what it is not given from the environment."""
    return any(isinstance(b, Symbol) and b.path.endswith("BaseSettings") for b in class_.mro)


def _variable(class_: Class, name: str) -> str:
    return f"{class_.options.get('env_prefix', '')}{name}".upper()


def _default(ev: Evaluator, class_: Class, field: Field, context: Context) -> Value:
    value = field.default
    if class_.kind == "pydantic":
        if _is_settings(class_):
            return EnvironmentReference(_variable(class_, field.name), value, context.span)
        return copied(value)
    return value


def copied(value: Value) -> Value:
    """A copy of plain containers, as pydantic gives each model its own default."""
    if type(value) is list:
        return [copied(item) for item in value]
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return set(value) if type(value) is set else value


def _given(class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> dict[str, Value]:
    names = [name for name, field in class_.fields.items() if field.init]
    if class_.kind == "pydantic":
        if arguments:
            text = f"{class_.name}.__init__() takes 1 positional argument but {len(arguments) + 1} were given"
            raise context.raise_(TypeError(text))
        return {k: v for k, v in keywords.items() if k != "**"}
    if len(arguments) > len(names):
        text = (
            f"{class_.name}.__init__() takes {len(names) + 1} positional arguments but {len(arguments) + 1} were given"
        )
        raise context.raise_(TypeError(text))
    given = dict(zip(names, arguments, strict=False))
    for name, value in keywords.items():
        if name == "**":
            continue
        if name in given:
            raise context.raise_(TypeError(f"{class_.name}.__init__() got multiple values for argument '{name}'"))
        if name not in names:
            text = f"{class_.name}.__init__() got an unexpected keyword argument '{name}'"
            raise context.raise_(TypeError(text))
        given[name] = value
    return given


def _report_missing(class_: Class, missing: list[str], context: Context) -> None:
    quoted = ", ".join(f"'{name}'" for name in missing)
    if class_.kind == "pydantic":
        raise context.raise_(ValueError(f"missing field(s) of {class_.name}: {quoted}"))
    plural = "" if len(missing) == 1 else "s"
    text = f"{class_.name}.__init__() missing {len(missing)} required positional argument{plural}: {quoted}"
    raise context.raise_(TypeError(text))


def _coerce(ev: Evaluator, class_: Class, field: Field, value: Value, context: Context) -> Value:
    """Nested models given as dictionaries, and enum members given as values, become what the annotation says."""
    if value.__class__ in (dict, list, str, int) and field.annotation is not None and class_.scope is not None:
        from zencompile.frontend.evaluator import classes

        return coerce(ev, value, classes.evaluate_annotation(ev, field.annotation, class_.scope), context)
    return value


def coerce(ev: Evaluator, value: Value, type_: Value, context: Context) -> Value:
    if isinstance(type_, Class):
        if type_.kind == "pydantic" and type(value) is dict and all(isinstance(k, str) for k in value):
            return instantiate(ev, type_, [], value, context.node, ev._frame(context))
        if type_.kind == "enum" and not isinstance(value, EnumMember):
            return next((m for m in type_.members.values() if identical(m.value, value)), value)
    elif isinstance(type_, Generic):
        origin = type_.origin
        last = origin.path.rpartition(".")[2] if isinstance(origin, Symbol) else ""
        if last in ("Optional", "Union", "Annotated"):
            options = type_.arguments[:1] if last == "Annotated" else type_.arguments
            for option in options:
                made = coerce(ev, value, option, context)
                if made is not value:
                    return made
        elif (origin is list or last in ("List", "Sequence")) and type(value) is list and type_.arguments:
            return [coerce(ev, item, type_.arguments[0], context) for item in value]
        elif (origin is dict or last in ("Dict", "Mapping")) and type(value) is dict and len(type_.arguments) == 2:
            return {k: coerce(ev, item, type_.arguments[1], context) for k, item in value.items()}
    elif type_ is float and type(value) is int:
        return float(value)
    elif type_ in (int, float) and type(value) is str:
        try:
            return type_(value)
        except ValueError:
            return value
    return value


def _member_of(ev: Evaluator, class_: Class, arguments: list[Value], context: Context) -> Value:
    if len(arguments) > 1 or not class_.members:
        return context.unknown(f"a functional use of the enum `{class_.name}`")
    value = context.force(arguments[0]) if arguments else MISSING
    if isinstance(value, Unknown):
        return value
    if isinstance(value, EnumMember) and value.class_ is class_:
        return value
    for member in class_.members.values():
        if member.value is value or (member.value == value and type(member.value) is type(unwrap(value))):
            return member
    for member in class_.members.values():
        if type(value) in PLAIN and member.value == value:
            return member
    hook = class_.lookup("_missing_")
    if hook is not MISSING:
        function = hook.function if isinstance(hook, Descriptor) else hook
        found = ev.call_value(function, [class_, value], {}, context)
        if found is not None:
            return found
    shown = repr(value) if type(value) in PLAIN else type_name(value)
    raise context.raise_(ValueError(f"{shown} is not a valid {class_.name}"))


# attributes that come with the kind of class


def default_method(ev: Evaluator, class_: Class, receiver: Value, name: str, context: Context) -> Value:
    """An attribute that no class of the program defines."""
    found = _object_method(ev, class_, receiver, name, context)
    if found is not MISSING:
        return found
    if isinstance(receiver, Instance):
        special = _KINDS.get(class_.kind)
        found = special(ev, receiver, name, context) if special else MISSING
        if found is not MISSING:
            return found
        if receiver.native is not MISSING:
            return get_attribute(ev, receiver.native, name, context.node, ev._frame(context))
        if class_.is_open:
            return context.unknown(f"`{name}` of a `{class_.name}`, whose base is not read")
    elif class_.is_open:
        return context.unknown(f"`{name}` of `{class_.name}`, whose base is not read")
    raise context.raise_(AttributeError(f"'{class_.name}' object has no attribute '{name}'"))


def _object_method(ev: Evaluator, class_: Class, receiver: Value, name: str, context: Context) -> Value:
    if name == "__init__":

        def init(a: list[Value], k: dict[str, Value], c: Context) -> None:
            target = receiver
            if not isinstance(target, Instance) and a and isinstance(a[0], Instance):
                target, a = a[0], a[1:]
            if isinstance(target, Instance):
                if any(isinstance(b, NativeObject) for b in class_.mro) or (class_.kind == "plain" and class_.is_open):
                    target.keywords.update({n: v for n, v in k.items() if n != "**"})
                    return
                if class_.kind == "plain" and target.native is MISSING:
                    return
                base_init(ev, target, a, k, c)

        return NativeFunction("__init__", init)
    if name == "__new__":

        def new(a: list[Value], k: dict[str, Value], c: Context) -> Value:
            made = Instance(a[0] if a and isinstance(a[0], Class) else class_)
            _native_part(ev, made, a[1:], k, c)
            return made

        return NativeFunction("__new__", new)
    if name in ("__init_subclass__", "__post_init__", "__set_name__", "__exit__", "close") and name != "close":
        return NativeFunction(name, lambda a, k, c: None)
    if name == "__setattr__" and isinstance(receiver, Instance):

        def assign(a: list[Value], k: dict[str, Value], c: Context) -> None:
            ev.touch(receiver)
            receiver.attributes[a[-2]] = a[-1]

        return NativeFunction(name, assign)
    if name in ("__getattribute__", "__getattr__") and isinstance(receiver, Instance):
        return NativeFunction(
            name,
            lambda a, k, c: (
                receiver.attributes.get(a[-1], MISSING)
                if a[-1] in receiver.attributes
                else get_attribute(ev, receiver, a[-1], c.node, ev._frame(c))
            ),
        )
    if name in ("__str__", "__repr__") and isinstance(receiver, Instance):
        return NativeFunction(name, lambda a, k, c: _own_text(ev, receiver, c))
    if name == "__eq__":
        return NativeFunction(name, lambda a, k, c: receiver is a[-1])
    if name == "__hash__":
        return NativeFunction(name, lambda a, k, c: c.unknown("the hash of an object"))
    if name == "__class__":
        return class_
    if name == "__module__":
        return class_.module.name if class_.module else ""
    if name == "__doc__":
        return None
    return MISSING


def _own_text(ev: Evaluator, receiver: Instance, context: Context) -> Value:
    from zencompile.frontend.evaluator import text

    frame = ev._frame(context)
    if receiver.class_.kind in ("dataclass", "pydantic", "namedtuple"):
        inner = text._fields_text(ev, receiver, ", ", context.node, frame)
        return inner if isinstance(inner, Unknown) else f"{receiver.class_.qualname}({inner})"
    arguments = receiver.attributes.get("args")
    if isinstance(arguments, tuple):
        return (
            text.to_text(ev, arguments[0] if len(arguments) == 1 else arguments, context.node, frame)
            if arguments
            else ""
        )
    return context.unknown("the text of an object")


def as_data(ev: Evaluator, value: Value, options: dict[str, Value] | None = None) -> Value:
    """Models and dataclasses as dictionaries, all the way down."""
    if isinstance(value, Instance) and value.class_.fields:
        options = options or {}
        include, exclude = options.get("include"), options.get("exclude")
        unset, none = options.get("exclude_unset") is True, options.get("exclude_none") is True
        defaults = options.get("exclude_defaults") is True
        inner = {k: v for k, v in options.items() if k not in ("include", "exclude")}
        found = {}
        for name, item in value.attributes.items():
            if name not in value.class_.fields and name not in value.keywords:
                continue
            if (include is not None and name not in include) or (exclude is not None and name in exclude):
                continue
            if (unset and name not in value.keywords) or (none and item is None):
                continue
            field = value.class_.fields.get(name)
            if defaults and field is not None and identical(field.default, item):
                continue
            found[name] = as_data(ev, item, inner)
        return found
    if type(value) is list or type(value) is tuple:
        return type(value)(as_data(ev, item, options) for item in value)
    if type(value) is dict:
        return {key: as_data(ev, item, options) for key, item in value.items()}
    return value


def _json_text(ev: Evaluator, value: Value, keywords: dict[str, Value], context: Context) -> Value:
    data = context.plain(as_data(ev, value, keywords))
    if isinstance(data, Unknown):
        return data
    try:
        indent = keywords.get("indent")
        separators = None if indent else (",", ":")
        return json.dumps(data, indent=indent, separators=separators, ensure_ascii=False, default=_json_default)
    except (TypeError, ValueError) as error:
        raise context.raise_(error) from None


def _json_default(value: Value) -> Any:
    if isinstance(value, EnumMember):
        return value.value
    if isinstance(value, (set, frozenset)):
        return in_order(value)
    return str(value)


def _pydantic(ev: Evaluator, receiver: Instance, name: str, context: Context) -> Value:
    if name in ("model_dump", "dict"):
        return NativeFunction(name, lambda a, k, c: as_data(ev, receiver, k))
    if name in ("model_dump_json", "json"):
        return NativeFunction(name, lambda a, k, c: _json_text(ev, receiver, k, c))
    if name in ("model_copy", "copy"):
        return NativeFunction(name, lambda a, k, c: _copy(receiver, c.force(k.get("update"))))
    if name in ("model_fields_set", "__fields_set__"):
        return set(receiver.keywords)
    if name in ("model_fields", "__fields__", "model_config", "__pydantic_fields__"):
        return class_default(ev, receiver.class_, name, context)
    if name == "model_extra":
        return {k: v for k, v in receiver.attributes.items() if k not in receiver.class_.fields}
    if name in ("model_validate", "parse_obj", "construct", "model_construct", "model_json_schema"):
        return class_default(ev, receiver.class_, name, context)
    return MISSING


def _copy(receiver: Instance, update: Value) -> Instance:
    made = Instance(receiver.class_)
    made.attributes.update(receiver.attributes)
    made.keywords.update(receiver.keywords)
    made.native = receiver.native
    if isinstance(update, dict):
        made.attributes.update(update)
        made.keywords.update(update)
    return made


def _namedtuple(ev: Evaluator, receiver: Instance, name: str, context: Context) -> Value:
    if name == "_asdict":
        return NativeFunction(name, lambda a, k, c: dict(receiver.attributes))
    if name == "_replace":
        return NativeFunction(name, lambda a, k, c: _copy(receiver, k))
    if name in ("_fields", "_field_defaults", "_make"):
        return class_default(ev, receiver.class_, name, context)
    if name in ("index", "count"):
        return get_attribute(ev, tuple(receiver.attributes.values()), name, context.node, ev._frame(context))
    return MISSING


def _exception(ev: Evaluator, receiver: Instance, name: str, context: Context) -> Value:
    if name == "args":
        return receiver.attributes.get("args", ())
    if name in ("__cause__", "__context__", "__traceback__"):
        return None
    if name in ("with_traceback", "add_note"):
        return NativeFunction(name, lambda a, k, c: receiver if name == "with_traceback" else None)
    return MISSING


def _dataclass(ev: Evaluator, receiver: Instance, name: str, context: Context) -> Value:
    if name == "__dataclass_fields__":
        return class_default(ev, receiver.class_, name, context)
    return MISSING


_KINDS = {"pydantic": _pydantic, "namedtuple": _namedtuple, "exception": _exception, "dataclass": _dataclass}


def class_default(ev: Evaluator, class_: Class, name: str, context: Context) -> Value:
    """An attribute of a class that its body does not bind."""
    if name in ("__name__", "__qualname__"):
        return class_.name if name == "__name__" else class_.qualname
    if name == "__module__":
        return class_.module.name if class_.module else ""
    if name == "__doc__":
        return None
    if name == "__members__" and class_.kind == "enum":
        return dict(class_.members)
    if name in ("__mro__", "__bases__"):
        return tuple(class_.mro) if name == "__mro__" else class_.bases
    if name in ("__dict__", "__annotations__"):
        if name == "__dict__":
            return class_.namespace
        return {f.name: ev.field_type(class_, f) for f in class_.fields.values()}
    if name == "__subclasses__":
        return NativeFunction(name, lambda a, k, c: c.unknown("the subclasses of a class"))
    if class_.fields or class_.kind in ("pydantic", "namedtuple", "dataclass"):
        found = _of_fields(ev, class_, name, context)
        if found is not MISSING:
            return found
    for base in class_.mro:
        if isinstance(base, type) and hasattr(base, name) and not name.startswith("__"):
            return get_attribute(ev, base, name, context.node, ev._frame(context))
    found = _object_method(ev, class_, None, name, context)
    if found is not MISSING:
        return found
    for base in class_.mro:
        if isinstance(base, NativeObject):
            return base.get_attribute(name, context)
    if class_.is_open:
        return context.unknown(f"`{class_.name}.{name}`, whose base is not read")
    raise context.raise_(AttributeError(f"type object '{class_.name}' has no attribute '{name}'"))


def _of_fields(ev: Evaluator, class_: Class, name: str, context: Context) -> Value:
    if class_.kind == "namedtuple":
        if name == "_fields":
            return tuple(class_.fields)
        if name == "_make":
            return NativeFunction(name, lambda a, k, c: c.call(class_, list(c.iterate(a[0]))))  # type: ignore[arg-type]
        if name == "_field_defaults":
            return {f.name: f.default for f in class_.fields.values() if f.default is not MISSING}
    if name in ("__dataclass_fields__", "model_fields", "__fields__", "__pydantic_fields__"):
        return {f.name: FieldSpec(f.default, f.factory) for f in class_.fields.values()}
    if class_.kind == "pydantic":
        if name in ("model_validate", "parse_obj", "validate"):
            return NativeFunction(name, lambda a, k, c: _validate(ev, class_, a, c))
        if name in ("model_validate_json", "parse_raw"):
            return NativeFunction(name, lambda a, k, c: _validate_json(ev, class_, a, c))
        if name in ("construct", "model_construct"):
            return NativeFunction(name, lambda a, k, c: c.call(class_, [], k))
        if name == "model_config":
            return {}
        if name in ("model_rebuild", "update_forward_refs"):
            return NativeFunction(name, lambda a, k, c: None)
        if name in ("model_json_schema", "schema"):
            return NativeFunction(name, lambda a, k, c: c.unknown("the JSON schema of a model"))
    return MISSING


def _validate(ev: Evaluator, class_: Class, arguments: list[Value], context: Context) -> Value:
    value = context.force(arguments[0]) if arguments else {}
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        return value
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise context.raise_(ValueError(f"input of {class_.name} should be a dictionary"))
    return instantiate(ev, class_, [], value, context.node, ev._frame(context))


def _validate_json(ev: Evaluator, class_: Class, arguments: list[Value], context: Context) -> Value:
    value = context.force(arguments[0]) if arguments else "{}"
    if isinstance(value, Unknown):
        return value
    try:
        data = json.loads(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise context.raise_(ValueError(str(error))) from None
    return _validate(ev, class_, [data], context)
