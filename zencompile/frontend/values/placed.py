"""Paths of the project, as text and as path: values that say where the project lies, which only a step knows.

Both hold a text with the virtual root in it (`frontend.virtual`). What they are asked is answered where the answer is
the same wherever the project lies; anything else is unknown. `placed_text` and `placed_path` make them of what Python's
own functions made of such a text.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, ClassVar

from zencompile.frontend.values.base import MISSING, Context, Object, Unknown, Value
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.operations import COMPARISON
from zencompile.frontend.values.plain import CONTAINERS, LARGEST, unwrap
from zencompile.frontend.virtual import holds_place, pieces, template, without_signs
from zencompile.ir.literals import shown_text
from zencompile_runtime.values.mismatch import LAX, refused

REASON = "it depends on where the project lies, which is known only where the step runs"


def placed_text(text: Any, context: Context) -> Value:
    """A text for the program; unknown if it holds a part of the path to the project's folder."""
    if not holds_place(text):
        return text
    return context.unknown(REASON) if pieces(text) is None else ProjectText(text)


def placed_path(path: PurePosixPath, context: Context) -> Value:
    """A path for the program; unknown if it holds a part of the path to the project's folder."""
    if not holds_place(str(path)):
        return path
    return context.unknown(REASON) if pieces(str(path)) is None else ProjectPath(path)


def concatenated(parts: list[Value]) -> Value:
    """Texts, one after the other."""
    text = "".join(part.inner if isinstance(part, ProjectText) else part for part in parts)
    return ProjectText(text) if holds_place(text) else text


def placed_in(data: Value, depth: int = 0) -> Placed | None:
    """A path of the project inside of plain data, or a text that holds one; None if there is none."""
    if isinstance(data, Placed):
        return data
    if depth > _DEEPEST or type(data) not in CONTAINERS:
        return None
    inside = (*data.keys(), *data.values()) if type(data) is dict else data
    return next(filter(None, (placed_in(one, depth + 1) for one in inside)), None)


_DEEPEST = 100


def shown(text: str) -> str:
    """A text for messages: paths as they are from the project's folder."""
    if not holds_place(text):
        return text
    found = pieces(text)
    return without_signs(text) if found is None else shown_text(template(found))


_NEVER_TEXT = (type(None), bool, int, float, complex, list, set, frozenset, tuple, dict)
"""Types that no path and no text with one in it is converted to."""


class Placed(Object):
    """What a path and a text of the project have in common."""

    __slots__ = ("inner",)
    is_data: ClassVar[bool] = True

    def __init__(self, inner: str) -> None:
        self.inner = inner

    def __coerced__(self, annotation: Any, coercer: Any, match: Any) -> Value:
        """A path of the project, or a text that holds one: nothing that a number is written as."""
        is_path = isinstance(self, ProjectPath)
        if annotation is (PurePosixPath if is_path else str):
            return self
        if annotation is PurePosixPath:
            match.floor(LAX)
            return ProjectPath(PurePosixPath(self.inner))
        if annotation in _NEVER_TEXT or (is_path and annotation is str):
            return refused(coercer, self)
        match.is_undecided = True
        return self

    @property
    def template(self) -> str:
        """The text as literals have it."""
        return template(pieces(self.inner) or ())

    @property
    def literal(self) -> Any:
        """The canonical literal."""
        return {"$": "project", "text": self.template}

    def unmodelled(self, what: str, context: Context) -> Unknown:
        return context.unknown(f"{what} of `{shown(self.inner)[:80]}`: {REASON}")

    def described(self) -> str:
        return "a path of the project"

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        texts = self._comparable(other)
        if texts is MISSING:
            return MISSING
        answer = _compared(operator, *texts)
        return self.unmodelled("a comparison", context) if answer is MISSING else answer

    def _comparable(self, other: Value) -> Any:
        """This and another value as they are compared, `MISSING` where they are not."""
        raise NotImplementedError

    def is_same(self, other: Value, context: Context) -> Any:
        return self.unmodelled("the identity", context) if other == self else MISSING

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def key(self, context: Context) -> Value:
        return self

    def is_callable(self) -> bool | None:
        return False

    def representation(self, context: Context) -> str | Unknown:
        return self.unmodelled("the `repr`", context)

    def unwrap(self) -> Value:
        return Unknown(None, REASON)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.inner == self.inner

    def __hash__(self) -> int:
        return hash((type(self), self.inner))

    def __lt__(self, other: Placed) -> bool:
        return self.inner < other.inner

    def __repr__(self) -> str:
        return repr(shown(self.inner))

    def __str__(self) -> str:
        raise TypeError("the text of a path of the project is not known")


# comparisons


def _compared(operator: str, left: Any, right: Any) -> Any:
    """What a comparison comes to wherever the project lies, or MISSING. Each side is a text, and how the texts of its
    kind are ordered."""
    (mine, order), (theirs, _) = left, right
    rests = _without_place(mine, theirs)
    if operator in ("==", "!="):
        same = mine == theirs or (MISSING if _may_equal(mine, theirs) and rests is None else False)
        return same if same is MISSING else same is (operator == "==")
    return MISSING if rests is None else COMPARISON[operator][1](*map(order, rests))


def _without_place(left: str, right: str) -> tuple[str, str] | None:
    """What follows the same folder in two texts that begin alike; None if they don't, or there is more to it."""
    one, other = pieces(left), pieces(right)
    if one is None or other is None or len(one) != 3 or len(other) != 3 or one[:2] != other[:2]:
        return None
    return str(one[2]), str(other[2])


def _may_equal(left: str, right: str) -> bool:
    """Whether two texts can be equal somewhere."""
    if holds_place(left) and holds_place(right):
        return True
    known, other = (right, left) if holds_place(left) else (left, right)
    pattern = "".join(re.escape(one) if isinstance(one, str) else "/.*" for one in pieces(other) or ())
    return re.fullmatch(pattern, known, re.DOTALL) is not None


# texts


class ProjectText(Placed):
    """A text with the paths of folders of the project, or above it, in it."""

    type_name = "str"
    __slots__ = ()

    @property
    def head(self) -> str:
        """What is known of the beginning."""
        return str((pieces(self.inner) or [""])[0])

    @property
    def tail(self) -> str:
        """What is known of the end."""
        return str((pieces(self.inner) or [""])[-1])

    def _comparable(self, other: Value) -> Any:
        text = _as_text(other)
        return MISSING if text is None else ((self.inner, str), (text, str))

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        text = _as_text(other)
        if operator != "+" or text is None:
            return MISSING if operator in ("+", "-", "/") else self.unmodelled(f"the result of `{operator}`", context)
        if len(text) + len(self.inner) > LARGEST:
            return context.unknown("a text too large to be made when compiling")
        return concatenated([text, self] if reflected else [self.inner, text])

    def contains(self, item: Value, context: Context) -> Any:
        text = _as_text(context.force(item))
        return True if text is not None and text in self.inner else self.unmodelled("what is in the text", context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if not hasattr(str, name):
            raise context.raise_(AttributeError(f"'str' object has no attribute '{name}'"))
        method = _METHODS.get(name)
        if method is None:
            return NativeFunction(name, lambda a, k, c: self.unmodelled(f"`{name}()`", c))
        return NativeFunction(name, lambda a, k, c: self._ask(name, method, a, c))

    def _ask(self, name: str, method: _Method, arguments: list[Value], context: Context) -> Value:
        answer = method(self, *(context.force(one) for one in arguments))
        return self.unmodelled(f"`{name}()`", context) if answer is MISSING else answer

    def text(self, context: Context) -> Any:
        return self

    def formatted(self, spec: str, context: Context) -> Any:
        return self if spec in ("", "s") else self.unmodelled("the format", context)

    def type_of(self, context: Context) -> Value:
        return str

    def is_instance_of(self, class_: Value) -> bool | None:
        return isinstance("", class_) if isinstance(class_, type) else None


def _as_text(value: Value) -> str | None:
    """The text that a value is, None if it is none."""
    if isinstance(value, ProjectText):
        return value.inner
    value = unwrap(value)
    return value if isinstance(value, str) else None


_Method = Callable[..., Value]


def _ends_with(text: ProjectText, suffix: Value) -> Value:
    if isinstance(suffix, tuple):
        answers = [_ends_with(text, one) for one in suffix]
        return True if True in answers else MISSING if MISSING in answers else False
    known = text.tail
    if not isinstance(suffix, str):
        return MISSING
    return known.endswith(suffix) if len(suffix) <= len(known) or not suffix.endswith(known) else MISSING


def _starts_with(text: ProjectText, prefix: Value) -> Value:
    if isinstance(prefix, tuple):
        answers = [_starts_with(text, one) for one in prefix]
        return True if True in answers else MISSING if MISSING in answers else False
    if isinstance(prefix, ProjectText):
        rests = _without_place(text.inner, prefix.inner)
        return MISSING if rests is None else rests[0].startswith(rests[1])
    if not isinstance(prefix, str):
        return MISSING
    known = f"{text.head}/"
    return known.startswith(prefix) if len(prefix) <= len(known) or not prefix.startswith(known) else MISSING


def _without_suffix(text: ProjectText, suffix: Value) -> Value:
    ends = _ends_with(text, suffix) if isinstance(suffix, str) else MISSING
    if ends is MISSING or ends is False:
        return text if ends is False else MISSING
    return ProjectText(text.inner.removesuffix(suffix))


def _without_prefix(text: ProjectText, prefix: Value) -> Value:
    starts = MISSING if isinstance(prefix, tuple) else _starts_with(text, prefix)
    if starts is MISSING or starts is False:
        return text if starts is False else MISSING
    return _whole(text.inner.removeprefix(prefix.inner if isinstance(prefix, ProjectText) else prefix))


def _whole(text: str) -> Value:
    """A text, MISSING if it holds a part of a folder's path."""
    if not holds_place(text):
        return text
    return MISSING if pieces(text) is None else ProjectText(text)


def _stripped_right(text: ProjectText, characters: Value = None) -> Value:
    if not (characters is None or isinstance(characters, str)):
        return MISSING
    known = text.tail.rstrip(characters)
    if not known and characters != "/":  # no path of a folder ends with a slash
        return MISSING
    return ProjectText(text.inner.rstrip(characters))


def _stripped_left(text: ProjectText, characters: Value = None) -> Value:
    if not (characters is None or isinstance(characters, str)):
        return MISSING
    known = f"{text.head}/".lstrip(characters)
    return ProjectText(text.inner.lstrip(characters)) if known else MISSING


def _stripped(text: ProjectText, characters: Value = None) -> Value:
    left = _stripped_left(text, characters)
    return left if left is MISSING else _stripped_right(left, characters)


def _split_right(text: ProjectText, separator: Value = None, most: Value = -1) -> Value:
    """`rsplit`, as far as it looks at what is known of the end."""
    if not isinstance(separator, str) or not separator or type(most) is not int or most < 0:
        return MISSING
    known = text.tail.rsplit(separator, most)
    if len(known) <= most:
        return MISSING
    return [_whole(text.inner[: len(text.inner) - len(text.tail)] + known[0]), *known[1:]]


def _partition_right(text: ProjectText, separator: Value) -> Value:
    found = _split_right(text, separator, 1)
    return MISSING if found is MISSING else (found[0], separator, found[1])


_METHODS: dict[str, _Method] = {
    "endswith": _ends_with,
    "startswith": _starts_with,
    "removesuffix": _without_suffix,
    "removeprefix": _without_prefix,
    "rstrip": _stripped_right,
    "lstrip": _stripped_left,
    "strip": _stripped,
    "rsplit": _split_right,
    "rpartition": _partition_right,
    "__str__": lambda text: text,
}


# paths


class ProjectPath(Placed):
    """A path in the project, or above it. Its attributes are the prelude's, which knows what lies there."""

    type_name = "PosixPath"
    __slots__ = ("path",)
    attribute: ClassVar[Callable[[ProjectPath, str, Context], Value]]

    @property
    def literal(self) -> Any:
        """The canonical literal."""
        return {"$": "path", "text": super().literal}

    def __init__(self, path: PurePosixPath) -> None:
        super().__init__(str(path))
        self.path = path

    def _comparable(self, other: Value) -> Any:
        if not isinstance(other, (ProjectPath, PurePosixPath)):
            return MISSING
        return (self.inner, _parts), (str(other.path if isinstance(other, ProjectPath) else other), _parts)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator != "/":
            return MISSING
        part = path_of(other)
        if part is None:
            return MISSING
        return placed_path(part / self.path if reflected else self.path / part, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        return type(self).attribute(self, name, context)

    def text(self, context: Context) -> Any:
        return ProjectText(self.inner)

    def type_of(self, context: Context) -> Value:
        return pathlib.PosixPath

    def is_instance_of(self, class_: Value) -> bool | None:
        return issubclass(pathlib.PosixPath, class_) if isinstance(class_, type) else None


def path_of(value: Value) -> PurePosixPath | None:
    """The path that a value is, or that a text names; None if it is neither."""
    if isinstance(value, ProjectPath):
        return value.path
    if isinstance(value, PurePosixPath):
        return value
    text = _as_text(value)
    return None if text is None else PurePosixPath(text)


def _parts(text: str) -> list[str]:
    return text.split("/")
