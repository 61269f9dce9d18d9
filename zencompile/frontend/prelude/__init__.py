"""What Python brings along: the builtins (`builtins/`), the standard library, and common libraries of command lines and
settings. Each module is modelled in the file that `_WHERE` names, which is read when a program first imports it.

A module without a model is a Symbol: what it gives is unknown.
"""

from __future__ import annotations

import importlib
import sys

from zencompile.frontend.values import Value

_WHERE = {
    "abc": "annotating",
    "argparse": "arguments",
    "asyncio": "core",
    "attr": "models",
    "attrs": "models",
    "builtins": "annotating",
    "click": "click",
    "rich_click": "click",
    "collections": "containers",
    "collections.abc": "annotating",
    "contextlib": "contexts",
    "copy": "core",
    "dataclasses": "models",
    "datetime": "core",
    "decimal": "numbers",
    "dotenv": "core",
    "enum": "models",
    "fire": "fire",
    "fractions": "numbers",
    "functools": "functions",
    "importlib": "core",
    "io": "files",
    "itertools": "iterators",
    "json": "data",
    "logging": "quiet",
    "math": "numbers",
    "numbers": "annotating",
    "operator": "operators",
    "os": "system",
    "os.path": "system",
    "pathlib": "system",
    "posixpath": "system",
    "pydantic": "models",
    "pydantic.dataclasses": "models",
    "pydantic_settings": "models",
    "pprint": "quiet",
    "random": "core",
    "secrets": "core",
    "re": "regular",
    "heapq": "algorithms",
    "bisect": "algorithms",
    "difflib": "algorithms",
    "calendar": "algorithms",
    "struct": "algorithms",
    "csv": "tables",
    "statistics": "numbers",
    "string": "texts",
    "site": "system",
    "sys": "system",
    "textwrap": "texts",
    "time": "core",
    "tomllib": "data",
    "types": "annotating",
    "typer": "typer",
    "typing": "annotating",
    "typing_extensions": "annotating",
    "uuid": "core",
    "warnings": "quiet",
    "yaml": "data",
    "loguru": "quiet",
    "rich": "quiet",
    "rich.console": "quiet",
    "rich.logging": "quiet",
    "rich.traceback": "quiet",
    "tqdm": "quiet",
    "hashlib": "texts",
    "base64": "texts",
    "binascii": "texts",
    "unicodedata": "texts",
    "shlex": "texts",
    "keyword": "texts",
    "fnmatch": "texts",
    "zoneinfo": "core",
    "glob": "system",
    "shutil": "system",
    "tempfile": "system",
    "__future__": "annotating",
    "html": "texts",
    "urllib": "texts",
    "urllib.parse": "texts",
    "ruamel.yaml": "data",
    "omegaconf": "data",
    "configparser": "ini",
    "box": "mappings",
    "box.config_box": "mappings",
    "box.exceptions": "mappings",
    "easydict": "mappings",
    "addict": "mappings",
    "dotmap": "mappings",
    "ml_collections": "mappings",
    "munch": "mappings",
    "decouple": "mappings",
    "environs": "mappings",
    "ensure": "mappings",
    "typeguard": "mappings",
    "beartype": "mappings",
    "tomli": "data",
    "toml": "data",
}


def module(dotted: str) -> Value | None:
    """The model of a module, or None."""
    where = _WHERE.get(dotted)
    if where is None:
        return None
    return importlib.import_module(f"{__name__}.{where}").MODULES.get(dotted)


def exported(dotted: str | None) -> frozenset[str] | None:
    """What `from … import *` takes from a module of the standard library; None where that is not known."""
    top = (dotted or "").partition(".")[0]
    if not dotted or top not in sys.stdlib_module_names or top in _UNLIKE_OTHERS:
        return None
    try:
        found = importlib.import_module(dotted)
    except ImportError:
        return None
    listed = getattr(found, "__all__", None)
    return frozenset(listed if listed is not None else (n for n in vars(found) if not n.startswith("_")))


_UNLIKE_OTHERS = frozenset({"antigravity", "this", "idlelib", "test", "turtledemo"})
"""Modules that do something when they are imported."""


def is_builtin_module(name: str) -> bool:
    """Whether a module is part of the interpreter itself, so that no file of a project can stand in its place."""
    return name in sys.builtin_module_names
