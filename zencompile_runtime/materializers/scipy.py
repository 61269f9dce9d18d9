"""Sparse matrices of SciPy, as npz."""

from __future__ import annotations

from typing import Any

from scipy import sparse

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType

DATA = "data.npz"


class SparseMaterializer(BaseMaterializer):
    """A sparse matrix or array."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (sparse.spmatrix,)

    def save(self, data: Any) -> None:
        with self.folder.create(DATA) as stream:
            _save(stream, data)

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
    kept = data if data.format in ("csc", "csr", "bsr", "dia", "coo") else data.tocsr()
    sparse.save_npz(buffer, kept, compressed=False)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            one = zipfile.ZipInfo(name)
            with source.open(name) as entry:
                target.writestr(one, entry.read())
