"""Images of Pillow."""

from __future__ import annotations

from typing import Any

from PIL import Image

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType

_LOSSLESS = {"PNG", "BMP", "TIFF", "GIF", "PPM"}


class PillowImageMaterializer(BaseMaterializer):
    """An image, in its own format if that loses nothing, else as PNG."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (Image.Image,)

    def save(self, data: Any) -> None:
        data.save(self.folder.target(_name(data)))

    def load(self, data_type: type[Any]) -> Any:
        for suffix in ("png", *(one.lower() for one in sorted(_LOSSLESS)), "jpeg", "webp"):
            if self.folder.exists(f"image_file.{suffix}"):
                image = Image.open(self.folder.source(f"image_file.{suffix}"))
                image.load()
                return image
        raise FileNotFoundError("image_file")

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"width": data.width, "height": data.height, "mode": data.mode}

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        return {_name(data): VisualizationType.IMAGE}


def _name(image: Any) -> str:
    kept = image.format if image.format in _LOSSLESS else "PNG"
    return f"image_file.{kept.lower()}"
