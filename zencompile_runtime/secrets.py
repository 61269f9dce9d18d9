"""Secrets by reference: their values never stand in a compiled file.

A secret is a name with keys and values. Its value under a key is looked for, in this order, in

    the variable ZENCOMPILE_SECRET_<NAME>_<KEY>   (upper case, every other character than a letter or digit is `_`)
    the variable ZENCOMPILE_SECRETS_<NAME>        {"key": "value"}: for an engine that hands on a secret as a whole
    the file <ZENCOMPILE_SECRETS>/<name>/<key>    (a mounted Kubernetes or Docker secret; a last newline is dropped)
    the JSON file ZENCOMPILE_SECRETS              {"name": {"key": "value"}}

The first of them can't tell `token` from `TOKEN`. Code that asks for a key gets it under either; a step that takes a
whole secret as variables gets both spellings, and `Token` only from one of the other places.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from zencompile_runtime.errors import ConfigurationFault


def variable(name: str, key: str = "") -> str:
    """The environment variable of a secret's key."""
    return "ZENCOMPILE_SECRET_" + re.sub(r"[^A-Za-z0-9]", "_", f"{name}_{key}").upper()


def value(name: str, key: str) -> str:
    """The secret's value under a key; ConfigurationFault if there is none."""
    given = os.environ.get(variable(name, key))
    if given is not None:
        return given
    found = _stored(name)
    for known, text in found.items():
        if known == key or known.upper() == key.upper():
            return text
    raise _missing(name, key)


def values(name: str) -> dict[str, str]:
    """All keys of a secret with their values; ConfigurationFault if nothing is known of it."""
    found = dict(_stored(name))
    prefix = variable(name)
    upper = {key.upper(): key for key in found}
    for one, text in os.environ.items():
        if one.startswith(prefix) and len(one) > len(prefix):
            key = one[len(prefix) :]
            found[upper.get(key, key)] = text
    if not found:
        raise _missing(name, "")
    return found


def variables(name: str) -> dict[str, str]:
    """The environment variables that a step gets of a whole secret: its keys, in both spellings where case is lost."""
    found = values(name)
    prefix = variable(name)
    for key in list(found):
        if f"{prefix}{key}" in os.environ:
            found.setdefault(key.lower(), found[key])
    return found


def _stored(name: str) -> dict[str, str]:
    whole = "ZENCOMPILE_SECRETS_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    given = os.environ.get(whole)
    if given is not None:
        try:
            return {str(key): str(text) for key, text in json.loads(given).items()}
        except (ValueError, AttributeError):
            raise ConfigurationFault(f"the variable {whole} is not a JSON object") from None
    place = os.environ.get("ZENCOMPILE_SECRETS")
    if not place:
        return {}
    path = Path(place)
    if path.is_dir():
        folder = path / name
        if not folder.is_dir():
            return {}
        return {one.name: _text(one) for one in sorted(folder.iterdir()) if one.is_file() and one.name[0] != "."}
    try:
        document = json.loads(path.read_text())
        return {str(key): str(text) for key, text in document.get(name, {}).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigurationFault(f"the file of secrets {place} can't be read: {error}") from None


def _text(path: Path) -> str:
    text = path.read_text()
    return text[:-1] if text.endswith("\n") else text


def _missing(name: str, key: str) -> ConfigurationFault:
    what = f"key {key!r} of secret {name!r}" if key else f"secret {name!r}"
    return ConfigurationFault(
        f"{what} is not known here",
        help=f"set {variable(name, key or 'KEY')} (upper case, whatever the key's), or let ZENCOMPILE_SECRETS name a "
        f"folder with a file {name}/{key or 'KEY'}, which keeps the key's case",
    )
