"""Data sets, models and tokenizers of Hugging Face; Keras models."""

from __future__ import annotations

import importlib
import shutil
from typing import Any

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType


def _copied(materializer: BaseMaterializer, name: str) -> str:
    """The folder `name` as plain files in a place of its own: these libraries map files and come back to them later."""
    target = f"{materializer.get_temporary_directory()}/{name}"
    shutil.copytree(f"{materializer.uri}/{name}", target)
    return target


class _Library(BaseMaterializer):
    """What only the library can read: that it does is all that is asked."""

    def comes_back(self, data: Any) -> bool:
        return self._is_loaded(data)


class HFDatasetMaterializer(_Library):
    """A Dataset or a DatasetDict."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    FOLDER = "hf_datasets"

    def save(self, data: Any) -> None:
        one_file: Any = {}  # of a data set without rows, no file at all could be loaded again
        if data.num_rows == 0:
            one_file = {"num_shards": 1}
        elif isinstance(data.num_rows, dict) and 0 in data.num_rows.values():
            one_file = {"num_shards": dict.fromkeys(data, 1)}
        data.save_to_disk(self.folder.target(self.FOLDER), **one_file)

    def load(self, data_type: Any) -> Any:
        return importlib.import_module("datasets").load_from_disk(_copied(self, self.FOLDER))

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        if hasattr(data, "num_rows") and isinstance(data.num_rows, int):
            return {"num_rows": data.num_rows, "columns": list(data.column_names)}
        return {"num_rows": dict(data.num_rows)}

    def get_item_count(self, data: Any) -> int | None:
        return data.num_rows if isinstance(data.num_rows, int) else None


class HFPTModelMaterializer(_Library):
    """A PreTrainedModel."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL
    FOLDER = "hf_pt_model"

    def save(self, data: Any) -> None:
        data.save_pretrained(self.folder.target(self.FOLDER))

    def load(self, data_type: Any) -> Any:
        return data_type.from_pretrained(f"{self.uri}/{self.FOLDER}")


class HFTFModelMaterializer(HFPTModelMaterializer):
    """A TFPreTrainedModel."""

    FOLDER = "hf_tf_model"


class HFTokenizerMaterializer(HFPTModelMaterializer):
    """A tokenizer."""

    FOLDER = "hf_tokenizer"

    def load(self, data_type: Any) -> Any:
        transformers = importlib.import_module("transformers")
        return transformers.AutoTokenizer.from_pretrained(f"{self.uri}/{self.FOLDER}")


class KerasMaterializer(_Library):
    """A model of Keras."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL

    def save(self, data: Any) -> None:
        data.save(self.folder.target("model.keras"))

    def load(self, data_type: Any) -> Any:
        return importlib.import_module("keras").models.load_model(f"{self.uri}/model.keras")
