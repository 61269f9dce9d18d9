"""Attributes that objects and classes have without a class of the program saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zencompile.frontend.evaluator import text
from zencompile.frontend.evaluator.instances import FieldSpec, base_init, make_native
from zencompile.frontend.evaluator.models import as_data, json_text, validate, validate_json
from zencompile.frontend.values import MISSING, Class, Context, Instance, NativeFunction, NativeObject, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


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
            return context.get_attribute(receiver.native, name)
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
            make_native(ev, made, a[1:], k, c)
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
                else c.get_attribute(receiver, a[-1])
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
    frame = ev._frame(context)
    if receiver.class_.kind in ("dataclass", "pydantic", "namedtuple"):
        inner = text.fields_text(ev, receiver, ", ", context.node, frame)
        return inner if isinstance(inner, Unknown) else f"{receiver.class_.qualname}({inner})"
    arguments = receiver.attributes.get("args")
    if isinstance(arguments, tuple):
        return (
            text.to_text(ev, arguments[0] if len(arguments) == 1 else arguments, context.node, frame)
            if arguments
            else ""
        )
    return context.unknown("the text of an object")


def _pydantic(ev: Evaluator, receiver: Instance, name: str, context: Context) -> Value:
    if name in ("model_dump", "dict"):
        return NativeFunction(name, lambda a, k, c: as_data(ev, receiver, k))
    if name in ("model_dump_json", "json"):
        return NativeFunction(name, lambda a, k, c: json_text(ev, receiver, k, c))
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
        return context.get_attribute(tuple(receiver.attributes.values()), name)
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
            return context.get_attribute(base, name)
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
            return NativeFunction(name, lambda a, k, c: validate(ev, class_, a, c))
        if name in ("model_validate_json", "parse_raw"):
            return NativeFunction(name, lambda a, k, c: validate_json(ev, class_, a, c))
        if name in ("construct", "model_construct"):
            return NativeFunction(name, lambda a, k, c: c.call(class_, [], k))
        if name == "model_config":
            return {}
        if name in ("model_rebuild", "update_forward_refs"):
            return NativeFunction(name, lambda a, k, c: None)
        if name in ("model_json_schema", "schema"):
            return NativeFunction(name, lambda a, k, c: c.unknown("the JSON schema of a model"))
    return MISSING
