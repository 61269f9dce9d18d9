"""Data frames and series of pandas, as Parquet with a fast codec; as what keeps them where that does not."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pandas

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType
from zencompile_runtime.own import json
from zencompile_runtime.values import pickling

PARQUET = "df.parquet"
ZENML = "df.parquet.gzip"
ARROW = "df.arrow"
CSV = "df.csv"
PICKLE = "df.pkl"
_NOTE = b"zencompile"
_STATISTICS = ("mean", "std", "min", "max")
_ROWS = 1 << 20  # rows of one row group, which is what is held twice while writing
_SAMPLE_ROWS = 10
_COMPARED = 20_000  # cells up to which all of them are compared with what was written
_LOOKED_AT = 8  # rows of a larger frame that are
_DESCRIBED_CELLS = 1_000_000  # up to here `describe` costs less than writing the file


class PandasMaterializer(BaseMaterializer):
    """A DataFrame or a Series."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (pandas.DataFrame, pandas.Series)

    def save(self, data: Any) -> None:
        self._checked = True
        try:
            import pyarrow
        except ImportError:
            self._save_without_arrow(data)
            return
        # what has no form in the file, or would come back as something else, raises one of these
        wrong = (pyarrow.ArrowException, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
        for name in (PARQUET, ARROW):
            try:
                self._write(name, data)
                if self._kept(name, data):
                    return
            except wrong:
                pass
            self.folder.remove(name)
        self._pickle(data)

    def _save_without_arrow(self, data: Any) -> None:
        """As text, if that says all; nobody has to install pyarrow for a table of numbers."""
        frame = data if isinstance(data, pandas.DataFrame) else data.to_frame()
        with self.folder.create(CSV) as stream:
            stream.write(frame.to_csv(index=True).encode())
        from zencompile_runtime.materializers.frame_equality import same_data

        if not same_data(self._read_csv(type(data)), data):
            self.folder.remove(CSV)
            self._pickle(data)

    def _pickle(self, data: Any) -> None:
        self._checked = False
        pickling.dump(data, lambda: self.folder.create(PICKLE))

    def comes_back(self, data: Any) -> bool:
        """A file of Arrow's was compared when it was written."""
        if self._checked:
            return True
        with self.folder.open(PICKLE) as stream:
            return type(pickling.load(stream)) is type(data)

    def load(self, data_type: type[Any]) -> Any:
        for name in (PARQUET, ZENML, ARROW):
            if self.folder.exists(name):
                found = self._read(name, self.folder.source(name))
                is_series = isinstance(found, pandas.Series) or not issubclass(data_type, pandas.Series)
                return found if is_series else found.iloc[:, 0]
        if self.folder.exists(PICKLE):
            with self.folder.open(PICKLE) as stream:
                return pickling.load(stream)
        return self._read_csv(data_type)

    def _read_csv(self, data_type: type[Any]) -> Any:
        with self.folder.open(CSV) as stream:
            frame = pandas.read_csv(stream, index_col=0)
        return frame.iloc[:, 0] if issubclass(data_type, pandas.Series) else frame

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        is_series = isinstance(data, pandas.Series)
        kinds = data.dtype.type if is_series else {str(name): kind.type for name, kind in data.dtypes.items()}
        found: dict[str, Any] = {"shape": list(data.shape), "dtype": kinds}
        if data.size <= _DESCRIBED_CELLS:
            with contextlib.suppress(AttributeError, TypeError, ValueError):  # texts have no mean
                found |= _statistics(data.to_frame("series") if is_series else data)
        if is_series:
            return {name: one.get("series") if name in _STATISTICS else one for name, one in found.items()}
        return found

    def get_item_count(self, data: Any) -> int | None:
        return len(data)

    def load_item(self, data_type: type[Any], index: int) -> Any:
        return self.load(data_type).iloc[index]

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        import os

        shown = {}
        if data.size and data.size <= _DESCRIBED_CELLS:
            with contextlib.suppress(TypeError, ValueError):  # there are columns that have no mean
                self.folder.write("describe.csv", data.describe().to_csv().encode("utf-8", "replace"))
                shown["describe.csv"] = VisualizationType.CSV
        rows = int(os.environ.get("ZENML_PANDAS_SAMPLE_ROWS") or _SAMPLE_ROWS)
        self.folder.write("sample.csv", data.head(rows).to_csv().encode("utf-8", "replace"))
        return {**shown, "sample.csv": VisualizationType.CSV}

    # -- files of Arrow's ----------------------------------------------------------------------------------------------

    def _write(self, name: str, data: Any) -> None:
        from zencompile_runtime.materializers.frames import describe

        frame, note = describe(data)
        with self.folder.create(name) as stream:
            (_write_parquet if name == PARQUET else _write_arrow)(stream, frame, note)

    def _kept(self, name: str, data: Any) -> bool:
        """Whether what was written comes back: all of a small frame, of a large one what its first rows look like."""
        from zencompile_runtime.materializers.frame_equality import same_data
        from zencompile_runtime.materializers.frames import describe

        if data.size + len(data) <= _COMPARED:
            with self.folder.open(name) as stream:
                return same_data(self._read(name, stream), data)
        part = data.iloc[:_LOOKED_AT]
        frame, note = describe(part)
        written = io.BytesIO()
        (_write_parquet if name == PARQUET else _write_arrow)(written, frame, note)
        return same_data(self._read(name, io.BytesIO(written.getvalue())), part)

    def _read(self, name: str, source: Any) -> Any:
        from zencompile_runtime.materializers.frames import read

        if name == ARROW:
            from pyarrow import ipc

            table = ipc.open_file(source if hasattr(source, "read") else str(source)).read_all()
        else:
            from pyarrow import parquet

            table = parquet.read_table(source)
        return read(table, json.loads((table.schema.metadata or {}).get(_NOTE, b"{}")))


def _statistics(frame: Any) -> dict[str, dict[str, float]]:
    """Mean, deviation, least and greatest value of each column of numbers."""
    return {
        name: {str(key): float(value) for key, value in getattr(frame, name)(numeric_only=True).to_dict().items()}
        for name in _STATISTICS
    }


def _write_parquet(stream: Any, frame: Any, note: dict[str, Any]) -> None:
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
    with parquet.ParquetWriter(stream, schema, compression="zstd", compression_level=1) as writer:
        writer.write_table(first.cast(schema) if first.schema != schema else first)
        for start in range(step, len(frame), step):
            part = pyarrow.Table.from_pandas(frame.iloc[start : start + step], schema=schema)
            writer.write_table(part.cast(schema))


def _write_arrow(stream: Any, frame: Any, note: dict[str, Any]) -> None:
    """Arrow's own format has types that Parquet lacks: units of time, categories of any type, types of extensions."""
    import pyarrow
    from pyarrow import ipc

    from zencompile_runtime.materializers.frames import describe_objects

    table = pyarrow.Table.from_pandas(frame)
    describe_objects(frame, table, note)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _NOTE: json.dumps(note).encode()})
    with ipc.new_file(stream, table.schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
