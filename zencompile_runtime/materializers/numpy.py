"""NumPy arrays, as npy."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType
from zencompile_runtime.values.exact import same, same_dtype

DATA = "data.npy"
_COMPARED = 1 << 20  # bytes up to which all are compared with what was written
_SUMMARISED = 1_000_000  # elements up to which reading them all again costs nothing beside writing them


class NumpyMaterializer(BaseMaterializer):
    """An array. Its bytes go from memory to the file as they lie, hashed on the way."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (numpy.ndarray,)

    def save(self, data: Any) -> None:
        with self.folder.create(DATA) as stream:
            plain = not data.dtype.hasobject and (data.flags.c_contiguous or data.flags.f_contiguous)
            if plain and data.size and data.itemsize and data.dtype.names is None:
                npy: Any = numpy.lib.format
                npy.write_array_header_1_0(stream, npy.header_data_from_array_1_0(data))
                flat = data.ravel(order="K") if data.flags.c_contiguous else data.T.ravel(order="K")
                stream.write(flat.view(numpy.uint8).data)
            else:
                numpy.save(stream, data, allow_pickle=True)

    def comes_back(self, data: Any) -> bool:
        """All of a small array is compared, of a large one its type, shape and order. A memmap is an array then."""
        held = data.view(numpy.ndarray) if isinstance(data, numpy.memmap) else data
        if held.nbytes <= _COMPARED or held.dtype.hasobject:
            return same(self.load(numpy.ndarray), held) or held is not data
        found = numpy.load(self.folder.source(DATA), mmap_mode="r")
        described = [(one.shape, one.flags.fnc, one.dtype.names is None) for one in (found, held)]
        kept = type(held) is numpy.ndarray and (held.flags.writeable or held is not data)
        return kept and described[0] == described[1] and same_dtype(found.dtype, held.dtype)

    def load(self, data_type: type[Any]) -> Any:
        with self.folder.open(DATA) as stream:
            return numpy.load(stream, allow_pickle=True)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"shape": list(data.shape), "dtype": data.dtype.type}
        if 0 < data.size <= _SUMMARISED and data.dtype.kind in "biufc":
            found |= {name: getattr(data, name)().item() for name in ("mean", "std", "min", "max")}
        if 0 < data.size <= _SUMMARISED and data.dtype.kind in "UO":
            found |= _words(data)
        return found

    def get_item_count(self, data: Any) -> int | None:
        return len(data) if data.ndim else None

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        if data.ndim == 3 and data.shape[2] in (3, 4) and data.dtype == numpy.uint8:
            try:
                from PIL import Image
            except ImportError:
                return {}
            Image.fromarray(data).save(self.folder.target("image.png"))
            return {"image.png": VisualizationType.IMAGE}
        return {}


def _words(data: Any) -> dict[str, Any]:
    """Which words an array of texts has."""
    counts = Counter(" ".join(map(str, data.flat)).split())
    if not counts:
        return {}
    word, count = counts.most_common(1)[0]
    return {
        "unique_words": len(counts),
        "total_words": counts.total(),
        "most_common_word": word,
        "most_common_count": count,
    }
