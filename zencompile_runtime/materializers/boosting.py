"""Boosters and data sets of XGBoost and LightGBM, in the libraries' own formats."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType


class _Library(BaseMaterializer):
    """What only the library can read: that it does is all that is asked."""

    def comes_back(self, data: Any) -> bool:
        return self._is_loaded(data)


class XgboostBoosterMaterializer(_Library):
    """A booster of XGBoost."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL

    def save(self, data: Any) -> None:
        data.save_model(self.folder.target("model.json"))

    def load(self, data_type: type[Any]) -> Any:
        booster = importlib.import_module("xgboost").Booster()
        booster.load_model(bytearray(self.folder.read("model.json")))
        return booster


class XgboostDatasetMaterializer(_Library):
    """A DMatrix."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        data.save_binary(self.folder.target("data.binary"))

    def load(self, data_type: type[Any]) -> Any:
        return importlib.import_module("xgboost").DMatrix(_named(self, "data.binary"))

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"shape": [data.num_row(), data.num_col()]}


class LightGBMBoosterMaterializer(_Library):
    """A booster of LightGBM."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL

    def save(self, data: Any) -> None:
        self.folder.write("model.txt", data.model_to_string(num_iteration=-1).encode())

    def load(self, data_type: type[Any]) -> Any:
        return importlib.import_module("lightgbm").Booster(model_str=self.folder.read("model.txt").decode())


class LightGBMDatasetMaterializer(_Library):
    """A Dataset of LightGBM."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        target = Path(self.folder.target("data.binary"))
        target.unlink(missing_ok=True)
        data.save_binary(str(target))

    def load(self, data_type: type[Any]) -> Any:
        return importlib.import_module("lightgbm").Dataset(_named(self, "data.binary"), free_raw_data=False)


def _named(materializer: BaseMaterializer, name: str) -> str:
    """A path that ends in the file's own name, which these libraries look at, and that outlives the folder of links."""
    path = Path(materializer.get_temporary_directory(), name)
    path.write_bytes(materializer.folder.read(name))
    return str(path)
