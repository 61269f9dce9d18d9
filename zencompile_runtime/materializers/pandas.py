"""Data frames and series of pandas, as Parquet with a fast codec (CSV where pyarrow is missing)."""

from __future__ import annotations

import json
from typing import Any

import pandas

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType

PARQUET = "df.parquet"
ZENML = "df.parquet.gzip"
CSV = "df.csv"
PICKLE = "df.pkl"
_NOTE = b"zencompile"
_ROWS = 1 << 20  # rows of one row group, which is what is held twice while writing
_SAMPLE_ROWS = 10
_DESCRIBED_CELLS = 1_000_000  # up to here `describe` costs less than writing the file


class PandasMaterializer(BaseMaterializer):
    """A DataFrame or a Series."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (pandas.DataFrame, pandas.Series)

    def save(self, data: Any) -> None:
        try:
            import pyarrow
        except ImportError:
            frame = data if isinstance(data, pandas.DataFrame) else data.to_frame()
            with self.folder.create(CSV) as stream:
                stream.write(frame.to_csv(index=True).encode())
            return
        from zencompile_runtime.materializers.frames import describe

        try:
            self._write_parquet(*describe(data))
        except (pyarrow.ArrowException, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # it holds something that has no form in Parquet, or would come back as something else
            import pickle

            self.folder.remove(PARQUET)
            with self.folder.create(PICKLE) as stream:
                pickle.dump(data, stream, protocol=5)

    def load(self, data_type: type[Any]) -> Any:
        for name in (PARQUET, ZENML):
            if self.folder.exists(name):
                return self._read_parquet(name, data_type)
        if self.folder.exists(PICKLE):
            import pickle

            with self.folder.source(PICKLE).open("rb") as stream:
                return pickle.load(stream)
        frame = pandas.read_csv(self.folder.source(CSV), index_col=0)
        return frame.iloc[:, 0] if issubclass(data_type, pandas.Series) else frame

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        if isinstance(data, pandas.Series):
            return {"shape": list(data.shape), "dtype": str(data.dtype)}
        return {"shape": list(data.shape), "dtype": {str(name): str(kind) for name, kind in data.dtypes.items()}}

    def get_item_count(self, data: Any) -> int | None:
        return len(data)

    def load_item(self, data_type: type[Any], index: int) -> Any:
        return self.load(data_type).iloc[index]

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        import contextlib
        import os

        shown = {}
        if data.size and data.size <= _DESCRIBED_CELLS:
            with contextlib.suppress(TypeError, ValueError):  # there are columns that have no mean
                self.folder.write("describe.csv", data.describe().to_csv().encode("utf-8", "replace"))
                shown["describe.csv"] = VisualizationType.CSV
        rows = int(os.environ.get("ZENML_PANDAS_SAMPLE_ROWS") or _SAMPLE_ROWS)
        self.folder.write("sample.csv", data.head(rows).to_csv().encode("utf-8", "replace"))
        return {**shown, "sample.csv": VisualizationType.CSV}

    def _write_parquet(self, frame: Any, note: dict[str, Any]) -> None:
        import pyarrow
        from pyarrow import parquet

        from zencompile_runtime.materializers.frames import describe_objects, range_of

        simple = all(getattr(kind, "kind", "O") in "biufMm" for kind in frame.dtypes)
        step = _ROWS if simple and len(frame) > _ROWS else max(len(frame), 1)
        first = pyarrow.Table.from_pandas(frame.iloc[:step])
        if step < len(frame) and b"pandas" in (first.schema.metadata or {}):
            # the index is described whole, not as that of the first rows
            first = first.replace_schema_metadata(pyarrow.Table.from_pandas(frame.iloc[:0]).schema.metadata)
            note["index"] = range_of(frame)
        describe_objects(frame, first, note)
        schema = first.schema.with_metadata({**(first.schema.metadata or {}), _NOTE: json.dumps(note).encode()})
        stream = self.folder.create(PARQUET)
        try:
            with parquet.ParquetWriter(stream, schema, compression="zstd", compression_level=1) as writer:
                writer.write_table(first.cast(schema) if first.schema != schema else first)
                for start in range(step, len(frame), step):
                    part = pyarrow.Table.from_pandas(frame.iloc[start : start + step], schema=schema)
                    writer.write_table(part.cast(schema))
        finally:
            stream.close()

    def _read_parquet(self, name: str, data_type: type[Any]) -> Any:
        from pyarrow import parquet

        from zencompile_runtime.materializers.frames import read

        table = parquet.read_table(self.folder.source(name))
        note = json.loads((table.schema.metadata or {}).get(_NOTE, b"{}"))
        found = read(table, note)
        is_series = isinstance(found, pandas.Series) or not issubclass(data_type, pandas.Series)
        return found if is_series else found.iloc[:, 0]
