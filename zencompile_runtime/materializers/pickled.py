"""Pickle, the last resort: bound to a Python version and to the classes' modules."""

from __future__ import annotations

import io
import pickle
import sys
from typing import Any, ClassVar

from zencompile_runtime.errors import OutputFault
from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType
from zencompile_runtime.values import pickling
from zencompile_runtime.values.exact import alike

FILE = "artifact.pkl"
PYTHON = "python_version.txt"
_UNPICKLED = (pickle.PicklingError, TypeError, AttributeError)
_READ = 16 << 20  # bytes of a pickle up to which just that file is loaded again
_COMPARED = 1 << 20  # up to which all objects are compared


class CloudpickleMaterializer(BaseMaterializer):
    """Any value: by pickle, and by cloudpickle where pickle can't."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (object,)

    def save(self, data: Any) -> None:
        self._by_value = False
        try:
            _check(data)
            pickling.dump(data, lambda: self.folder.create(FILE))
        except _UNPICKLED as error:
            self._dump_by_value(data, error)
        # The minor version is what a pickle is bound to; a patch release must not give an equal value another digest.
        self.folder.write(PYTHON, f"{sys.version_info[0]}.{sys.version_info[1]}".encode())

    def _dump_by_value(self, data: Any, failed: Exception) -> None:
        try:
            import cloudpickle  # noqa: F401
        except ImportError:
            raise OutputFault(
                f"a {type(data).__name__} can't be pickled: {failed}",
                help="write a materializer for it, or add cloudpickle to the requirements",
            ) from None
        self._by_value = True
        try:
            pickling.dump(data, lambda: self.folder.create(FILE), by_value=True)
        except _UNPICKLED as error:
            raise OutputFault(
                f"a {type(data).__name__} can't be pickled: {error}", help="write a materializer for it"
            ) from None

    def comes_back(self, data: Any) -> bool:
        """It is loaded; a large one without what lies in buffers, whose bytes are what they are."""
        try:
            found = self._loaded_again(data)
        except Exception as error:
            raise OutputFault(
                f"the pickle of a {type(data).__name__} can't be loaded again: {type(error).__name__}: {error}",
                help="let its class be made again of what pickle keeps (`__reduce__`), or write a materializer for it",
            ) from error
        if type(found) is not type(data):
            return type(found).__qualname__ == type(data).__qualname__  # a class that was taken along by value
        return self._size > _COMPARED or alike(found, data)

    def _loaded_again(self, data: Any) -> Any:
        with self.folder.open(FILE) as stream:
            self._size = stream.seek(0, 2)
            if self._size <= _READ:
                stream.seek(0)
                return pickling.load(stream)
        head, buffers = pickling.in_parts(data, self._by_value)
        try:
            return pickling.load(io.BytesIO(head), [buffer.raw().toreadonly() for buffer in buffers])
        except Exception:  # what changes its arrays while it is loaded, for one
            with self.folder.open(FILE) as stream:
                return pickling.load(stream)

    def load(self, data_type: type[Any]) -> Any:
        with self.folder.open(FILE) as stream:
            try:
                return pickling.load(stream)
            except Exception as error:
                written = self.folder.read(PYTHON).decode() if self.folder.exists(PYTHON) else "an unknown version"
                here = sys.version.split()[0]
                if written.split(".")[:2] != here.split(".")[:2]:
                    raise OutputFault(
                        f"a pickle of Python {written} can't be read by {here}: {error}",
                        help="run both steps with one version of Python, or write a materializer",
                    ) from error
                raise


def _check(data: Any) -> None:
    """Things of the main module are pickled by reference and then not found: leave them to cloudpickle."""
    module = getattr(data, "__module__", None) or type(data).__module__
    if module == "__main__" or type(data).__module__ == "__main__":
        raise pickle.PicklingError("it is defined in the main module")


class SklearnMaterializer(CloudpickleMaterializer):
    """scikit-learn's estimators."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL
    ASSOCIATED_TYPES = ()
