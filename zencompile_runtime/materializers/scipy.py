"""Sparse matrices of SciPy, as npz."""

from __future__ import annotations

from typing import Any

from scipy import sparse

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType

DATA = "data.npz"
_OWN = ("csc", "csr", "bsr", "dia", "coo")  # formats that npz has


class SparseMaterializer(BaseMaterializer):
    """A sparse matrix or array."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (sparse.spmatrix,)

    def save(self, data: Any) -> None:
        with self.folder.create(DATA) as stream:
            _save(stream, data)

    def comes_back(self, data: Any) -> bool:
        """Its arrays are of the same types and shapes; one that is written in another format has the same elements."""
        found = self.load(type(data))
        if type(found) is not type(data) or (found.shape, found.dtype) != (data.shape, data.dtype):
            return False
        if data.format in _OWN:
            return _parts(found) == _parts(data)
        return bool(found.nnz == data.nnz and (found.tocoo() != data.tocoo()).nnz == 0)

    def load(self, data_type: type[Any]) -> Any:
        loaded = sparse.load_npz(self.folder.source(DATA))
        return loaded if type(loaded) is data_type else data_type(loaded)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"shape": list(data.shape), "dtype": str(data.dtype), "stored_elements": int(data.nnz)}


def _save(stream: Any, data: Any) -> None:
    """npz is a zip file: with the time that the format starts at, so that equal matrices have equal bytes."""
    import io
    import zipfile

    buffer = io.BytesIO()
    kept = data if data.format in _OWN else data.tocsr()
    sparse.save_npz(buffer, kept, compressed=False)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            one = zipfile.ZipInfo(name)
            with source.open(name) as entry:
                target.writestr(one, entry.read())


def _parts(data: Any) -> dict[str, Any]:
    """The arrays that a matrix consists of, by their types and shapes."""
    held = (data.coords if hasattr(data, "coords") else ()) if data.format == "coo" else ()
    named = {name: getattr(data, name) for name in ("data", "indices", "indptr", "offsets") if hasattr(data, name)}
    return {str(name): (one.dtype, one.shape) for name, one in [*named.items(), *enumerate(held)]}
