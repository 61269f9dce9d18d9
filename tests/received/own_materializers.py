"""Materializers of a program: which of them stores an output, which loads it, and as what."""

from __future__ import annotations

import pickle
from typing import Annotated, Any

import numpy as np
import pandas as pd
from received_types import received
from zenml import pipeline, step
from zenml.enums import ArtifactType
from zenml.materializers.base_materializer import BaseMaterializer

LOADED: list[str] = []


class Thing:
    pass


class Part(Thing):
    pass


class Box:
    pass


class Small(Box):
    pass


class Pickling(BaseMaterializer):
    """Keeps who stored a value, and tells who loads it as what."""

    SKIP_REGISTRATION = True
    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data):
        with self.artifact_store.open(f"{self.uri}/value", "wb") as file:
            file.write(pickle.dumps((type(self).__name__, data)))

    def load(self, data_type):
        with self.artifact_store.open(f"{self.uri}/value", "rb") as file:
            stored_by, data = pickle.loads(file.read())
        LOADED.append(f"{type(self).__name__} stored by {stored_by} as {data_type.__name__}")
        return data


class OfFrames(Pickling):
    ASSOCIATED_TYPES = (pd.DataFrame,)


class OfArrays(Pickling):
    ASSOCIATED_TYPES = (np.ndarray,)


class OfDicts(Pickling):
    ASSOCIATED_TYPES = (dict, int)


class OfThings(Pickling):
    ASSOCIATED_TYPES = (Thing,)


class OfThingsToo(Pickling):
    ASSOCIATED_TYPES = (Thing, Part)


class Unregistered(Pickling):
    SKIP_REGISTRATION = True
    ASSOCIATED_TYPES = (Box,)


class Inheriting(Unregistered):
    pass


class Late(Pickling):
    ASSOCIATED_TYPES = (Box, Small)


def tell(step_name, value):
    """What came, and what was loaded on the way."""
    received(step_name, [type(value).__name__, *LOADED])
    LOADED.clear()


@step
def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [1]})


@step
def array() -> np.ndarray:
    return np.arange(2)


@step
def dictionary() -> dict:
    return {"a": 1}


@step
def thing() -> Thing:
    return Thing()


@step
def part() -> Part:
    return Part()


@step
def thing_part() -> Thing:
    return Part()


@step
def any_part() -> Any:
    return Part()


@step
def untyped_frame():
    return pd.DataFrame({"a": [1]})


@step
def object_thing() -> object:
    return Thing()


@step
def union() -> int | Thing:
    return Thing()


@step
def union_part() -> Thing | Part:
    return Part()


@step
def optional() -> Thing | None:
    return None


@step
def several() -> tuple[Annotated[Thing, "whole"], Annotated[Any, "piece"]]:
    return Thing(), Part()


@step
def box() -> Box:
    return Box()


@step
def small() -> Small:
    return Small()


@step
def box_list() -> list:
    return [Box(), Thing()]


@step(output_materializers=OfThingsToo)
def explicit() -> Thing:
    return Thing()


@step(output_materializers=[OfDicts, OfThings])
def explicit_two() -> Any:
    return Part()


@step(output_materializers=OfDicts)
def explicit_dict() -> dict:
    return {"a": 1}


@step
def get(value, name: str) -> None:
    tell(name, value)


@step
def get_thing(value: Thing, name: str) -> None:
    tell(name, value)


@step
def get_part(value: Part, name: str) -> None:
    tell(name, value)


@step
def get_int(value: int, name: str) -> None:
    tell(name, value)


@step
def get_union(value: int | Thing, name: str) -> None:
    tell(name, value)


@step
def get_list(value: list[Thing], name: str) -> None:
    tell(name, value)


@step
def get_series(value: pd.Series, name: str) -> None:
    tell(name, value)


@pipeline(enable_cache=False)
def hand_materializers():
    whole, piece = several()
    things = thing()
    parts = part()
    get(frame(), "frame")
    get(array(), "array")
    get(dictionary(), "dictionary")
    get(things, "thing")
    get(parts, "part")
    get(thing_part(), "thing_part")
    get(any_part(), "any_part")
    get(untyped_frame(), "untyped_frame")
    get(object_thing(), "object_thing")
    get(union(), "union")
    get(union_part(), "union_part")
    get(optional(), "optional")
    get(whole, "whole")
    get(piece, "piece")
    get(box(), "box")
    get(small(), "small")
    get(box_list(), "box_list")
    get(explicit(), "explicit")
    get(explicit_two(), "explicit_two")
    get(explicit_dict(), "explicit_dict")
    get_thing(parts, "thing_of_part")
    get_thing(piece, "thing_of_piece")
    get_part(things, "part_of_thing")
    get_int(things, "int_of_thing")
    get_union(parts, "union_of_part")
    get_list([things, parts], "list_of_things")
    get_series(frame(id="a_frame"), "series_of_frame")


if __name__ == "__main__":
    hand_materializers()
