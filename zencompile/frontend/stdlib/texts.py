"""`string`, `textwrap`, `html`, `base64`, `urllib.parse`, `hashlib`: texts, and how they are encoded."""

from __future__ import annotations

import base64
import hashlib
import html
import string
import textwrap
import urllib.parse
from typing import Any

from zencompile.frontend.evaluator.items import as_mapping
from zencompile.frontend.stdlib.helpers import Keywords, constants_of, module, pure, pure_from
from zencompile.frontend.values import Context, NativeFunction, NativeObject, Unknown, Value


class Template(NativeObject):
    """`string.Template`."""

    type_name = "Template"

    def __init__(self, template: str) -> None:
        self.template = template

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "template":
            return self.template
        if name in ("substitute", "safe_substitute"):
            return NativeFunction(name, lambda a, k, c: self._substitute(name, a, k, c))
        return super().get_attribute(name, context)

    def _substitute(self, name: str, a: list[Value], k: Keywords, c: Context) -> Value:
        from zencompile.frontend.evaluator import text

        mapping = as_mapping(c.evaluator, a[0], c.node, c.evaluator._frame(c)) if a else {}
        if isinstance(mapping, Unknown):
            return mapping
        values = {}
        for key, value in {**mapping, **k}.items():
            shown = text.to_text(c.evaluator, value, c.node, c.evaluator._frame(c))
            if isinstance(shown, Unknown):
                return shown
            values[key] = shown
        try:
            return getattr(string.Template(self.template), name)(values)
        except (KeyError, ValueError) as error:
            raise c.raise_(error) from None


def _template(a: list[Value], k: Keywords, c: Context) -> Value:
    text = c.plain(a[0]) if a else ""
    return text if isinstance(text, Unknown) else Template(str(text))


def _hash(name: str) -> NativeFunction:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        data = c.plain(a[0]) if a else b""
        if isinstance(data, Unknown):
            return data
        if not isinstance(data, (bytes, bytearray)):
            raise c.raise_(TypeError("Strings must be encoded before hashing"))
        return _Digest(hashlib.new(name, data))

    return NativeFunction(name, act)


class _Digest(NativeObject):
    type_name = "hash"

    def __init__(self, state: Any) -> None:
        self.state = state

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "update":
            return NativeFunction(name, self._update)
        return (
            pure(name, getattr(self.state, name))
            if name in ("hexdigest", "digest")
            else super().get_attribute(name, context)
        )

    def _update(self, a: list[Value], k: Keywords, c: Context) -> Value:
        data = c.plain(a[0])
        if isinstance(data, (bytes, bytearray)):
            self.state.update(data)
        return None


MODULES: dict[str, Value] = {
    "string": module("string", {**constants_of(string), "Template": NativeFunction("Template", _template),
                     "capwords": pure("capwords", string.capwords)}),
    "textwrap": module("textwrap", pure_from(textwrap, ("dedent", "indent", "shorten", "fill", "wrap"))),
    "html": module("html", pure_from(html, ("escape", "unescape"))),
    "base64": module("base64", pure_from(base64, [n for n in dir(base64) if n.startswith(("b64", "urlsafe", "standard",
        "b32"))])),
    "urllib.parse": module("urllib.parse", pure_from(urllib.parse, (
        "quote", "unquote", "quote_plus", "unquote_plus", "urlencode", "urljoin"))),
    "hashlib": module("hashlib", {n: _hash(n) for n in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}),
}  # fmt: skip
