"""`configparser`: INI files of the project."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.prelude import files, places
from zencompile.frontend.prelude.helpers import Keywords, bind, module
from zencompile.frontend.values import MISSING, Context, Lazy, NativeFunction, NativeObject, Unknown, Value
from zencompile.frontend.values.placed import shown

_TYPED = ("getint", "getfloat", "getboolean")
_OPTIONS = (
    "defaults dict_type allow_no_value * delimiters comment_prefixes inline_comment_prefixes strict "
    "empty_lines_in_values default_section interpolation converters"
)
_ERRORS = (
    "Error NoSectionError DuplicateSectionError DuplicateOptionError NoOptionError InterpolationError ParsingError "
    "MissingSectionHeaderError"
)
_PLAIN_OPTIONS = frozenset(
    ["allow_no_value", "delimiters", "comment_prefixes", "inline_comment_prefixes", "strict", "default_section"]
)


def _call(c: Context, function: Any, *arguments: Any, **keywords: Any) -> Value:
    """A method of Python's own parser, on plain data."""
    plain = [c.plain(a) for a in arguments]
    named = {k: c.plain(v) for k, v in keywords.items()}
    unknown = next((v for v in (*plain, *named.values()) if isinstance(v, (Unknown, Lazy))), None)
    if unknown is not None:
        return unknown
    try:
        return function(*plain, **named)
    except (configparser.Error, KeyError, ValueError, TypeError, AttributeError) as error:
        raise c.raise_(error) from None


class Section(NativeObject):
    """One section of a parser."""

    type_name = "SectionProxy"

    def __init__(self, parser: configparser.RawConfigParser, name: str) -> None:
        self.section = parser[name]
        self.name = name

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "name":
            return self.name
        if name in ("get", *_TYPED):
            return NativeFunction(name, lambda a, k, c: self._get(name, a, k, c))
        if name in ("keys", "values", "items"):
            return NativeFunction(name, lambda a, k, c: _listed(c, getattr(self.section, name)))
        return super().get_attribute(name, context)

    def _get(self, method: str, a: list[Value], k: Keywords, c: Context) -> Value:
        given = bind("option fallback * raw vars", a, k, c, method)
        given.pop("vars", None)
        return _call(c, getattr(self.section, method), given.pop("option", ""), **given)

    def get_item(self, key: Value, context: Context) -> Value:
        return _call(context, self.section.__getitem__, key)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        _call(context, self.section.__setitem__, key, value)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        items = _listed(context, self.section.keys)
        return items.forgotten() if isinstance(items, Unknown) else iter(items)

    def length(self, context: Context) -> int | Unknown:
        return len(self.section)


def _listed(c: Context, function: Any) -> Value:
    return _call(c, lambda: list(function()))


class Parser(NativeObject):
    """A `ConfigParser`, with Python's own inside: it holds nothing but text."""

    type_name = "ConfigParser"

    def __init__(self, inner: configparser.RawConfigParser) -> None:
        self.inner = inner
        self.unread: Unknown | None = None  # a file outside of the project: what the parser holds is not all

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("get", *_TYPED):
            return NativeFunction(name, lambda a, k, c: self._get(name, a, k, c))
        own = {
            "read": self._read,
            "read_file": self._read_file,
            "readfp": self._read_file,
            "items": self._items,
            "write": lambda a, k, c: None,
        }
        if name in own:
            return NativeFunction(name, own[name])
        plain = ("read_string", "read_dict", "sections", "options", "has_section", "has_option", "add_section", "set",
                 "defaults", "remove_option", "remove_section", "keys")  # fmt: skip
        if name in plain:
            return NativeFunction(name, lambda a, k, c: self._known(c, getattr(self.inner, name), *a, **k))
        return super().get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """`parser.optionxform = str`: names keep their case."""
        if name == "optionxform":
            self.inner.optionxform = str  # type: ignore[assignment, method-assign]

    def _known(self, c: Context, function: Any, *a: Value, **k: Value) -> Value:
        found = _call(c, function, *a, **k)
        if not isinstance(found, (str, bool, int, float, list, dict, type(None), Unknown)):
            found = list(found)
        return found

    def _get(self, method: str, a: list[Value], k: Keywords, c: Context) -> Value:
        given = bind("section option * raw vars fallback", a, k, c, method)
        given.pop("vars", None)
        section, option = c.plain(given.pop("section", "")), c.plain(given.pop("option", ""))
        if self.unread is not None and isinstance(section, str) and not self.inner.has_section(section):
            return self.unread
        return _call(c, getattr(self.inner, method), section, option, **given)

    def _items(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if not a:
            return [(name, Section(self.inner, name)) for name in self.inner]
        return _call(c, self.inner.items, a[0])

    def _read(self, a: list[Value], k: Keywords, c: Context) -> Value:
        """`read(filenames)`: a file that is not there is passed over."""
        given = c.force(bind("filenames encoding", a, k, c, "read").get("filenames", ""))
        found = []
        for one in given if isinstance(given, (list, tuple)) else [given]:
            text = places.as_path_text(one, c)
            if isinstance(text, Unknown):
                self.unread = text
                continue
            place = places.locate(text, c)
            if place is None or not c.evaluator.project.disk.is_file(place):
                if place is None and places.is_elsewhere(text, c):
                    self.unread = c.unknown(f"the content of `{shown(text)[:80]}`, which is outside of the project")
                continue
            opened = files.open_file([one], {}, c)
            if isinstance(opened, files.TextFile):
                _call(c, self.inner.read_string, opened.content)
                found.append(opened.name)
        return found

    def _read_file(self, a: list[Value], k: Keywords, c: Context) -> Value:
        source = c.force(a[0]) if a else None
        if isinstance(source, files.TextFile):
            return _call(c, self.inner.read_string, source.rest())
        self.unread = c.unknown("the content of a file that is not read")
        return None

    def get_item(self, key: Value, context: Context) -> Value:
        name = context.plain(key)
        if isinstance(name, Unknown):
            return name.forgotten()
        if not isinstance(name, str) or name not in self.inner:
            if self.unread is not None:
                return self.unread
            raise context.raise_(KeyError(name))
        return Section(self.inner, name)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        _call(context, self.inner.__setitem__, key, value)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.unread or iter(list(self.inner))

    def length(self, context: Context) -> int | Unknown:
        return self.unread or len(self.inner)


def _parser(name: str) -> NativeFunction:
    kind = getattr(configparser, "ConfigParser" if name == "SafeConfigParser" else name)

    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        given = bind(_OPTIONS, a, k, c, name)
        interpolation = given.pop("interpolation", MISSING)
        known = {n: v for n, v in ((n, c.plain(v)) for n, v in given.items()) if not isinstance(v, Unknown)}
        options = {n: v for n, v in known.items() if n in _PLAIN_OPTIONS}
        defaults = known.get("defaults")
        if interpolation is None or isinstance(interpolation, Interpolation):
            options["interpolation"] = None if interpolation is None else interpolation.inner
        try:
            return Parser(kind(defaults if isinstance(defaults, dict) else None, **options))
        except (configparser.Error, TypeError, ValueError) as error:
            raise c.raise_(error) from None

    return NativeFunction(name, make)


class Interpolation(NativeObject):
    """How values refer to each other."""

    type_name = "Interpolation"

    def __init__(self, inner: configparser.Interpolation) -> None:
        self.inner = inner


def _interpolation(name: str) -> NativeFunction:
    return NativeFunction(name, lambda a, k, c: Interpolation(getattr(configparser, name)()))


MODULES = {
    "configparser": module(
        "configparser",
        {
            **{n: _parser(n) for n in ("ConfigParser", "RawConfigParser", "SafeConfigParser")},
            **{n: getattr(configparser, n) for n in _ERRORS.split()},
            **{n: _interpolation(n) for n in ("ExtendedInterpolation", "BasicInterpolation")},
        },
    )
}
