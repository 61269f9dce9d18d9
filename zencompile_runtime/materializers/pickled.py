"""Pickle, the last resort: bound to a Python version and to the classes' modules."""

from __future__ import annotations

import pickle
import sys
from typing import Any, ClassVar

from zencompile_runtime.errors import OutputFault
from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType

FILE = "artifact.pkl"
PYTHON = "python_version.txt"


class CloudpickleMaterializer(BaseMaterializer):
    """Any value: by pickle, and by cloudpickle where pickle can't."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (object,)

    def save(self, data: Any) -> None:
        with self.folder.create(FILE) as stream:
            try:
                _check(data)
                pickle.dump(data, stream, protocol=5)
                failed: Exception | None = None
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                failed = error
        if failed is not None:
            try:
                import cloudpickle
            except ImportError:
                raise OutputFault(
                    f"a {type(data).__name__} can't be pickled: {failed}",
                    help="write a materializer for it, or add cloudpickle to the requirements",
                ) from None
            try:
                with self.folder.create(FILE) as stream:
                    cloudpickle.dump(data, stream, protocol=5)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                raise OutputFault(
                    f"a {type(data).__name__} can't be pickled: {error}", help="write a materializer for it"
                ) from None
        # The minor version is what a pickle is bound to; a patch release must not give an equal value another digest.
        self.folder.write(PYTHON, f"{sys.version_info[0]}.{sys.version_info[1]}".encode())

    def load(self, data_type: type[Any]) -> Any:
        with self.folder.source(FILE).open("rb") as stream:
            try:
                return pickle.load(stream)
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
