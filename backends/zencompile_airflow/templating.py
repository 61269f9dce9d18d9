"""Text that passes through Airflow's Jinja and arrives as it was.

Airflow renders every string of a task's command and environment. A user's text is data: it must not be rendered, nor be
taken for the name of a template file because it ends in `.sh`, nor lose the newline at its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.encoder import encode_basestring as _quoted
from typing import Any

# Endings that one of the operators reads as the name of a file with a template.
FILE_ENDINGS = (".sh", ".bash", ".env", ".yaml", ".yml", ".json")

# Macros of the DAG file that look something up in Airflow, and raise where it is missing: Airflow's own words for that
# give None, `NOTSET` or nothing, in some version or for some names.
VARIABLE, SECRET = "variable", "secret"

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_OPENING = re.compile(r"\{(?=[{%#])")
DELIMITER = re.compile(r"\{[{%#]")
# What `params.NAME` would find on a dictionary, or on Airflow's class for it, before the parameter of that name.
_ATTRIBUTES = frozenset(dir(dict)) | {"deserialize", "dump", "get_param", "serialize", "validate"}


def json_text(value: Any) -> str:
    """`value` as JSON that a template leaves alone: JSON has an escape for the brace that would open a tag."""
    text = _quoted(value) if value.__class__ is str else _JSON.encode(value)
    return _OPENING.sub(r"\\u007b", text) if "{" in text else text


def plain(text: str) -> str:
    """`text` so that rendering gives it back."""
    if not (DELIMITER.search(text) or "\r" in text or text.endswith((*FILE_ENDINGS, "\n"))):
        return text
    # Only `{% endraw %}` ends a raw block: a text that holds one is cut inside of it. Jinja makes "\n" of every "\r".
    lines = (re.split(r"(?<=\{)(?=%[-+]?\s*endraw)", line) for line in text.split("\r"))
    return '{{ "\\r" }}'.join("".join(f"{{% raw %}}{part}{{% endraw %}}" for part in parts) for parts in lines)


def parameter(name: str, convert: str = "") -> str:
    """The template of a runtime parameter as JSON, by a filter that converts it first if one is named."""
    access = f'params["{name}"]' if name in _ATTRIBUTES else f"params.{name}"
    return f"{{{{ {access}{f' | {convert}' if convert else ''} | tojson }}}}"


def variable(name: str, default: str | None) -> str:
    """The template of an Airflow variable; without a default by the macro `variable` of the DAG file."""
    if default is not None:
        return f"{{{{ var.value.get({_string(name)}, {_string(default)}) }}}}"
    return f"{{{{ {VARIABLE}({_string(name)}) }}}}"


def secret(name: str, key: str) -> str:
    """The template of what a secret holds under `key`, by the macro `secret` of the DAG file."""
    return f"{{{{ {SECRET}({_string(name)}, {_string(key)}) }}}}"


def whole_secret(name: str) -> str:
    """The template of all that a secret holds, as a JSON object."""
    return f"{{{{ {SECRET}({_string(name)}) | tojson }}}}"


def macros(template: object) -> Iterator[str]:
    """The macros of the DAG file that a template of ours calls."""
    if isinstance(template, str):
        yield from (name for name in (VARIABLE, SECRET) if template.startswith(f"{{{{ {name}("))


def _string(text: str) -> str:
    """A string of Jinja's expressions. They read JSON's escapes, but no pairs of surrogates: none are written."""
    if "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
