"""Data frames and series of polars, as Parquet."""

from __future__ import annotations

from typing import Any

import polars

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType

DATA = "dataframe.parquet"
_SERIES = "zenml_is_pl_series"
_COMPARED = 100_000  # cells up to which all are compared


class PolarsMaterializer(BaseMaterializer):
    """A DataFrame, a Series, or a LazyFrame (collected)."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (polars.DataFrame, polars.Series)

    def save(self, data: Any) -> None:
        series = isinstance(data, polars.Series)
        if isinstance(data, polars.LazyFrame):
            data = data.collect()
        frame = data.to_frame() if series else data
        frame.write_parquet(
            self.folder.target(DATA), compression="zstd", compression_level=1, metadata={_SERIES: str(series)}
        )

    def comes_back(self, data: Any) -> bool:
        """The file's schema is the frame's; of a small frame all values are."""
        kind = type(data)
        if kind not in (polars.DataFrame, polars.Series, polars.LazyFrame):
            return False
        if kind is polars.LazyFrame:
            return bool(polars.read_parquet_schema(self.folder.source(DATA)) == data.collect_schema())
        frame = data.to_frame() if kind is polars.Series else data
        if frame.width * frame.height > _COMPARED:
            return bool(polars.read_parquet_schema(self.folder.source(DATA)) == frame.schema)
        found = polars.read_parquet(self.folder.source(DATA))
        return bool(found.shape == frame.shape and found.schema == frame.schema and found.equals(frame))

    def load(self, data_type: type[Any]) -> Any:
        source = self.folder.source(DATA)
        frame = polars.read_parquet(source)
        if issubclass(data_type, polars.Series):
            return frame.to_series()
        return frame.lazy() if issubclass(data_type, polars.LazyFrame) else frame

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {} if isinstance(data, polars.LazyFrame) else {"shape": list(data.shape)}

    def get_item_count(self, data: Any) -> int | None:
        return None if isinstance(data, polars.LazyFrame) else len(data)
