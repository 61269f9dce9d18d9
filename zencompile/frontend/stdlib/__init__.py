"""Models of the standard library and of common command-line modules, made when they are first imported.

A module without a model is a Symbol: what it gives is unknown.
"""

from __future__ import annotations

import importlib
import sys

from zencompile.frontend.values import Value

_WHERE = {
    "abc": "core",
    "argparse": "arguments",
    "asyncio": "core",
    "attr": "models",
    "attrs": "models",
    "builtins": "core",
    "click": "click",
    "rich_click": "click",
    "collections": "containers",
    "collections.abc": "core",
    "contextlib": "contexts",
    "copy": "core",
    "dataclasses": "models",
    "datetime": "core",
    "decimal": "core",
    "dotenv": "core",
    "enum": "models",
    "fire": "fire",
    "fractions": "core",
    "functools": "functions",
    "importlib": "core",
    "io": "files",
    "itertools": "iterators",
    "json": "data",
    "logging": "quiet",
    "math": "core",
    "numbers": "core",
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
    "re": "regular",
    "statistics": "core",
    "string": "core",
    "sys": "system",
    "textwrap": "core",
    "time": "core",
    "tomllib": "data",
    "types": "core",
    "typer": "typer",
    "typing": "core",
    "typing_extensions": "core",
    "uuid": "core",
    "warnings": "quiet",
    "yaml": "data",
    "loguru": "quiet",
    "rich": "quiet",
    "rich.console": "quiet",
    "rich.logging": "quiet",
    "rich.traceback": "quiet",
    "tqdm": "quiet",
    "hashlib": "core",
    "base64": "core",
    "zoneinfo": "core",
    "glob": "system",
    "shutil": "system",
    "tempfile": "system",
    "__future__": "core",
    "html": "core",
    "urllib.parse": "core",
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


def is_builtin_module(name: str) -> bool:
    """Whether a module is part of the interpreter itself, so that no file of a project can stand in its place."""
    return name in sys.builtin_module_names
