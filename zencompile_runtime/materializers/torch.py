"""Modules, tensors and data loaders of PyTorch."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType

_HUGE = 256 << 20  # bytes of files that are not loaded again


class PyTorchModuleMaterializer(BaseMaterializer):
    """A module, whole, and its state beside it."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL
    ASSOCIATED_TYPES = (torch.nn.Module,)

    def save(self, data: Any) -> None:
        _save(self, "entire_model.pt", data)
        _save(self, "checkpoint.pt", data.state_dict())

    def comes_back(self, data: Any) -> bool:
        return _comes_back(self, data)

    def load(self, data_type: type[Any]) -> Any:
        return torch.load(self.folder.source("entire_model.pt"), weights_only=False)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        parameters = list(data.parameters())
        return {
            "num_params": sum(one.numel() for one in parameters),
            "num_trainable_params": sum(one.numel() for one in parameters if one.requires_grad),
        }


class PyTorchDataLoaderMaterializer(BaseMaterializer):
    """A data loader or a data set."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (torch.utils.data.Dataset, torch.utils.data.DataLoader)
    FILE = "entire_dataloader.pt"

    def save(self, data: Any) -> None:
        _save(self, self.FILE, data)

    def comes_back(self, data: Any) -> bool:
        return _comes_back(self, data)

    def load(self, data_type: type[Any]) -> Any:
        return torch.load(self.folder.source(self.FILE), weights_only=False)


class PyTorchTensorMaterializer(PyTorchDataLoaderMaterializer):
    """A tensor."""

    ASSOCIATED_TYPES = (torch.Tensor,)
    FILE = "tensor.pt"


class LightningModuleMaterializer(PyTorchDataLoaderMaterializer):
    """A module of Lightning."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL
    ASSOCIATED_TYPES = ()
    FILE = "final_checkpoint.ckpt"


def _save(materializer: BaseMaterializer, name: str, data: Any) -> None:
    with materializer.folder.create(name) as stream:
        torch.save(data, stream)


def _comes_back(materializer: BaseMaterializer, data: Any) -> bool:
    """Whether tensors are of the same kinds as before. What is huge is not loaded to see it."""
    if materializer.folder.size() > _HUGE:
        return True
    found = materializer.load(type(data))
    return type(found) is type(data) and list(map(_described, _tensors(found))) == list(map(_described, _tensors(data)))


def _tensors(data: Any) -> list[Any]:
    if isinstance(data, torch.Tensor):
        return [data]
    if isinstance(data, torch.nn.Module):
        return [*data.parameters(), *data.buffers()]
    return []


def _described(tensor: Any) -> tuple[Any, ...]:
    return type(tensor), tensor.shape, tensor.dtype, tensor.device, tensor.requires_grad, tensor.is_leaf
