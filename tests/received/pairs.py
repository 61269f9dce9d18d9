"""The table's two sides, and the program that hands each output to each step.

The first step returns a value of an annotated type; each of the others asks for it as something. The same text runs in
ZenML and is compiled here.
"""

from __future__ import annotations

import re
from pathlib import Path

OWN = Path(__file__).parent / "own_materializers.py"  # a program as it stands
HEADER = """\
import collections.abc
import datetime
import decimal
import typing
import uuid
from pathlib import Path
from typing import *

import numpy as np
import pandas as pd
from zenml import pipeline, step
from zenml.types import HTMLString

from received_types import *
"""

# name: (annotation of the output, or "" for none; what is returned)
RETURNED: dict[str, tuple[str, str]] = {
    "int": ("int", "7"),
    "bool": ("bool", "True"),
    "float": ("float", "2.0"),
    "fraction": ("float", "2.5"),
    "text": ("str", "'hello'"),
    "number_text": ("str", "'7'"),
    "bytes": ("bytes", "b'ab'"),
    "optional": ("Optional[int]", "7"),
    "optional_none": ("Optional[int]", "None"),
    "union": ("Union[int, str]", "'7'"),
    "untyped": ("", "7"),
    "untyped_tuple": ("", "tuple([1, 2])"),
    "any_series": ("Any", "pd.Series([3, 4], name='t')"),
    "object_list": ("object", "[1, 2]"),
    "list": ("list", "[1, 2]"),
    "list_of_dicts": ("List[dict]", "[{'a': 1}]"),
    "list_of_pairs": ("list", "[['a', 1], ['b', 2]]"),
    "list_of_tuples": ("List[tuple]", "[(1, 2)]"),
    "list_of_arrays": ("List[np.ndarray]", "[np.arange(2)]"),
    "tuple": ("Tuple[int, int]", "tuple([1, 2])"),
    "set": ("set", "{1, 2}"),
    "sequence": ("Sequence[int]", "[1, 2]"),
    "sequence_text": ("Sequence[str]", "'ab'"),
    "frozenset": ("FrozenSet[int]", "frozenset({1})"),
    "names": ("Names", "Names([1, 2])"),
    "list_names": ("list", "Names([1, 2])"),
    "dict": ("dict", "{'depth': 4}"),
    "dict_of_ints": ("Dict[int, str]", "{1: 'a'}"),
    "counter": ("collections.Counter", "collections.Counter('aab')"),
    "mapping": ("Mapping[str, int]", "{'depth': 4}"),
    "pair": ("Pair", "Pair(1, 'b')"),
    "model": ("Config", "Config(depth=4)"),
    "deeper": ("Deeper", "Deeper(depth=4)"),
    "config_deeper": ("Config", "Deeper(depth=4)"),
    "row": ("Row", "Row(1)"),
    "base": ("Base", "Base(2)"),
    "derived": ("Derived", "Derived(2)"),
    "color": ("Color", "Color.RED"),
    "shade": ("Shade", "Shade.DARK"),
    "level": ("Level", "Level.LOW"),
    "array": ("np.ndarray", "np.arange(3)"),
    "matrix": ("np.ndarray", "np.eye(2)"),
    "frame": ("pd.DataFrame", "pd.DataFrame({'a': [1, 2], 'b': [0.5, 1.5]})"),
    "column": ("pd.DataFrame", "pd.DataFrame({'a': [1, 2]}, index=[5, 6])"),
    "series": ("pd.Series", "pd.Series([3, 4], name='t')"),
    "numpy_float": ("float", "np.float64(0.5)"),
    "path": ("Path", "a_file()"),
    "uuid": ("uuid.UUID", "uuid.UUID(int=5)"),
    "moment": ("datetime.datetime", "datetime.datetime(2020, 1, 2, 3, 4)"),
    "day": ("datetime.date", "datetime.date(2020, 1, 2)"),
    "decimal": ("decimal.Decimal", "decimal.Decimal('1.5')"),
    "complex": ("complex", "1 + 2j"),
    "html": ("HTMLString", "HTMLString('<b>')"),
    "any_bytearray": ("Any", "bytearray(b'ab')"),
    "any_number": ("Any", "np.int64(3)"),
    "list_of_lists": ("List[list]", "[[1, 2], [3, 4]]"),
    "list_of_texts": ("list", "['ab', 'cd']"),
    "list_with_array": ("list", "[np.arange(2), 1]"),
    "holder": ("Holder", "Holder(np.arange(2))"),
    "protocol_list": ("Measured", "[1, 2]"),
    "optional_frame": ("Optional[pd.DataFrame]", "pd.DataFrame({'a': [1, 2]})"),
    "frame_or_list": ("Union[pd.DataFrame, list]", "[1, 2]"),
}

# name: the annotation of what the step asks for, or "" for none
WANTED: dict[str, str] = {
    "untyped": "",
    "any": "Any",
    "object": "object",
    "int": "int",
    "bool": "bool",
    "float": "float",
    "text": "str",
    "bytes": "bytes",
    "optional_int": "Optional[int]",
    "optional_text": "Optional[str]",
    "union": "Union[int, str]",
    "list": "list",
    "list_of_ints": "List[int]",
    "list_of_dicts": "List[Dict[str, Any]]",
    "tuple": "tuple",
    "pair_of_ints": "Tuple[int, int]",
    "set": "Set[int]",
    "frozenset": "FrozenSet[int]",
    "sequence": "Sequence[int]",
    "iterable": "Iterable[int]",
    "dict": "dict",
    "dict_of_floats": "Dict[str, float]",
    "mapping": "Mapping[str, Any]",
    "pair": "Pair",
    "config": "Config",
    "optional_config": "Optional[Config]",
    "deeper": "Deeper",
    "other": "Other",
    "row": "Row",
    "base": "Base",
    "derived": "Derived",
    "color": "Color",
    "shade": "Shade",
    "level": "Level",
    "literal": "Literal[7, 'hello']",
    "item": "Item",
    "user_id": "UserId",
    "sized": "Sized",
    "measured": "Measured",
    "array": "np.ndarray",
    "frame": "pd.DataFrame",
    "series": "pd.Series",
    "frame_or_series": "Union[pd.DataFrame, pd.Series]",
    "path": "Path",
    "uuid": "uuid.UUID",
    "moment": "datetime.datetime",
    "day": "datetime.date",
    "decimal": "decimal.Decimal",
    "rate": "Annotated[float, 'rate']",
    "ints": "Tuple[int, ...]",
    "ordered": "collections.OrderedDict",
    "counter": "collections.Counter",
    "names": "Names",
    "movie": "Movie",
    "wide": "Wide",
    "html": "HTMLString",
    "optional_frame": "Optional[pd.DataFrame]",
    "optional_series": "Optional[pd.Series]",
}

# name: what is returned by the first step (annotation, values) and handed on together, `[a, b]` or the tuple whole
COLLECTED: dict[str, tuple[str, str, str]] = {
    "ints": ("Tuple[int, int]", "1, 2", "[made[0], made[1]]"),
    "int_and_text": ("Tuple[int, str]", "1, '2'", "made"),
    "series": ("Tuple[pd.Series, pd.Series]", "pd.Series([1], name='series'), pd.Series([2], name='series')", "made"),
    "models": ("Tuple[Config, Deeper]", "Config(), Deeper()", "made"),
    "lists": ("Tuple[list, tuple]", "[1, 2], tuple([3, 4])", "made"),
}
COLLECTION_WANTED: dict[str, str] = {
    "untyped": "",
    "any": "Any",
    "list": "list",
    "list_of_ints": "List[int]",
    "list_of_floats": "List[float]",
    "list_of_text": "List[str]",
    "list_of_any": "List[Any]",
    "list_of_optionals": "List[Optional[int]]",
    "list_of_frames": "List[pd.DataFrame]",
    "list_of_configs": "List[Config]",
    "list_of_tuples": "List[tuple]",
    "list_of_lists": "List[List[int]]",
    "tuple": "tuple",
    "tuple_of_ints": "Tuple[int, ...]",
    "two_ints": "Tuple[int, int]",
    "int_and_text": "Tuple[int, str]",
    "sequence": "Sequence[int]",
    "set": "Set[int]",
    "optional_list": "Optional[List[int]]",
    "dict": "dict",
    "int": "int",
    "names": "Names",
}


def program(returned: str, refused: frozenset[str] = frozenset()) -> str:
    """The program that hands what `returned` names to every step but the `refused`."""
    if returned == "materializers":
        return OWN.read_text()
    collected = returned.removeprefix("collected_") if returned.startswith("collected_") else ""
    if collected:
        annotation, value, handed = COLLECTED[collected]
        wanted = COLLECTION_WANTED
    else:
        annotation, value = RETURNED[returned]
        handed = "made"
        wanted = WANTED
    arrow = f" -> {annotation}" if annotation else ""
    body = [f"    return {value}"]
    if not collected:
        body = [f"    value = {value}", "    received('returned', value)", "    return value"]
    lines = [HEADER, "", "@step", f"def first(){arrow}:", *body, ""]
    for name, asked in wanted.items():
        colon = f": {asked}" if asked else ""
        lines += ["", "@step", f"def get_{name}(value{colon}) -> None:", f"    received('{name}', value)", ""]
    lines += ["", f"@pipeline(enable_cache=False)\ndef hand_{returned}():", "    made = first()"]
    lines += [f"    get_{name}({handed})" for name in wanted if name not in refused]
    lines += ["", "", 'if __name__ == "__main__":', f"    hand_{returned}()", ""]
    return "\n".join(lines)


def programs() -> list[str]:
    """The names of all programs."""
    return [*RETURNED, *(f"collected_{name}" for name in COLLECTED), "materializers"]


def wanted_by(returned: str) -> dict[str, str]:
    """What the steps of a program ask for, by the names under which they write down what they got."""
    if returned == "materializers":
        return dict.fromkeys(re.findall(r'^    get\w*\(.*"(\w+)"\)$', OWN.read_text(), re.MULTILINE), "")
    return COLLECTION_WANTED if returned.startswith("collected_") else WANTED
