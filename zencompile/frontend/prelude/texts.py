"""`string`, `textwrap`, `html`, `base64`, `urllib.parse`, `hashlib`: texts, and how they are encoded."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import html
import keyword
import shlex
import string
import textwrap
import unicodedata
import urllib.parse
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, constants_of, module, pure, pure_from
from zencompile.frontend.prelude.host_objects import shown
from zencompile.frontend.prelude.modelled import Modelled
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import Context, NativeFunction, Unknown, Value, operations
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.pure import call_pure


class Template(Modelled):
    """`string.Template`."""

    type_name = "Template"
    host = string.Template

    def __init__(self, template: str) -> None:
        self.template = template

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "template":
            return self.template
        if name in ("substitute", "safe_substitute"):
            return NativeFunction(name, lambda a, k, c: self._substitute(name, a, k, c))
        return super().get_attribute(name, context)

    def _substitute(self, name: str, a: list[Value], k: Keywords, c: Context) -> Value:
        from zencompile.frontend.values import text

        if len(a) > 1:
            raise c.raise_(TypeError("Too many positional arguments"))
        mapping = operations.mapping(a[0], c) if a else {}
        if isinstance(mapping, Unknown):
            return mapping.forgotten()
        values = {}
        for key, value in {**mapping, **k}.items():
            shown = text.text(value, c)
            if isinstance(shown, Unknown):
                return shown.forgotten()
            values[key] = shown
        try:
            return getattr(string.Template(self.template), name)(values)
        except (KeyError, ValueError) as error:
            raise c.raise_(error) from None


def _template(a: list[Value], k: Keywords, c: Context) -> Value:
    text = c.plain(a[0])
    if isinstance(text, Unknown):
        return text.forgotten()
    return Template(text) if isinstance(text, str) else c.unknown("a template that is no text")


def _hash(name: str) -> Declared:
    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        state = call_pure(hashlib.new, [name, *a], {}, c)
        return state.forgotten() if isinstance(state, Unknown) else _Digest(state)

    return Declared(name, "string=b'', /, *, usedforsecurity=True", make)


def _new_hash(a: list[Value], k: Keywords, c: Context) -> Value:
    name = unwrap(c.force(a[0]))
    if not isinstance(name, str) or name.lower() not in _HASHES:
        return name.forgotten() if isinstance(name, Unknown) else c.unknown("a hash of that name")
    return c.call(_hash(name), a[1:])


_HASHES = (
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b",
    "blake2s",
)  # fmt: skip


class _Digest(Modelled):
    """A hash that is being computed."""

    type_name = "hash"

    def __init__(self, state: Any) -> None:
        self.state = state
        self.host = type(state)  # type: ignore[misc]
        self.unknown: Unknown | None = None
        """Why it is not known: something unknown went into it."""

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "update":
            return Declared(name, "data, /", self._update)
        if name == "copy":
            return Declared(name, "", lambda a, k, c: self._copy())
        if name in ("hexdigest", "digest"):
            return Declared(name, "", lambda a, k, c: self.unknown or getattr(self.state, name)())
        if name in ("name", "digest_size", "block_size"):
            return getattr(self.state, name)
        return super().get_attribute(name, context)

    def _copy(self) -> _Digest:
        made = _Digest(self.state.copy())
        made.unknown = self.unknown
        return made

    def _update(self, a: list[Value], k: Keywords, c: Context) -> Value:
        done = call_pure(self.state.update, a, {}, c)
        if isinstance(done, Unknown):
            self.unknown = done
        return None


def _parts(name: str) -> NativeFunction:
    """`urlparse` and `urlsplit`, whose results are Python's own objects."""
    function = getattr(urllib.parse, name)
    return NativeFunction(name, lambda a, k, c: shown(call_pure(function, a, k, c, name)))


MODULES: dict[str, Value] = {
    "string": module("string", {**constants_of(string), "Template": Declared("Template", "template", _template),
                     "capwords": pure("capwords", string.capwords)}),
    "textwrap": module("textwrap", pure_from(textwrap, ("dedent", "indent", "shorten", "fill", "wrap"))),
    "html": module("html", pure_from(html, ("escape", "unescape"))),
    "base64": module("base64", pure_from(base64, [n for n in dir(base64) if n.startswith(("b64", "urlsafe", "standard",
        "b32"))])),
    "urllib.parse": module("urllib.parse", pure_from(urllib.parse, (
        "quote", "unquote", "quote_plus", "unquote_plus", "quote_from_bytes", "unquote_to_bytes", "urlencode",
        "urljoin",
        "parse_qs", "parse_qsl", "urlunparse", "urlunsplit")) | {n: _parts(n) for n in ("urlparse", "urlsplit")}),
    "hashlib": module("hashlib", {**{n: _hash(n) for n in _HASHES},
        "new": Declared("new", "name, data=b'', /, *, usedforsecurity=True", _new_hash)}),
    "binascii": module("binascii", pure_from(binascii, ("hexlify", "unhexlify", "b2a_hex", "a2b_hex", "crc32",
        "b2a_base64", "a2b_base64"))),
    "unicodedata": module("unicodedata", pure_from(unicodedata, ("normalize", "category", "name", "combining"))),
    "shlex": module("shlex", pure_from(shlex, ("quote", "split", "join"))),
    "keyword": module("keyword", {"iskeyword": pure("iskeyword", keyword.iskeyword)}),
    "fnmatch": module("fnmatch", pure_from(fnmatch, ("fnmatchcase", "translate"))),
}  # fmt: skip
MODULES["urllib"] = module("urllib", {"parse": MODULES["urllib.parse"]})
