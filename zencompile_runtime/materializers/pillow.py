"""Images of Pillow."""

from __future__ import annotations

import contextlib
from typing import Any

from PIL import Image

from zencompile_runtime.errors import OutputFault
from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType

_LOSSLESS = ("PNG", "BMP", "TIFF", "GIF", "PPM")
INFO = "image_info.json"
PICKLE = "image_file.pkl"


class PillowImageMaterializer(BaseMaterializer):
    """An image, in its own format if that loses nothing, else as PNG; as TIFF or pickled where PNG has no such mode."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (Image.Image,)

    def save(self, data: Any) -> None:
        own = (data.format,) if data.format in _LOSSLESS else ()
        for kind in dict.fromkeys((*own, "PNG", "TIFF")):
            name = f"image_file.{kind.lower()}"
            try:
                data.save(self.folder.target(name), kind, **({"save_all": True} if _frames(data) > 1 else {}))
                with Image.open(self.folder.source(name)) as again:
                    if _equal(again, data):
                        self._save_info(again.info, data.info)
                        return
            except (
                OSError,
                ValueError,
                KeyError,
                TypeError,
            ) as error:  # the format has no such mode, or no empty images
                if isinstance(error, OSError) and error.errno is not None:
                    raise
            self.folder.remove(name)
        if _frames(data) > 1:
            raise OutputFault(
                f"no format keeps this image of {_frames(data)} frames exactly", help="return its frames as a list"
            )
        import pickle

        self.folder.write(PICKLE, pickle.dumps(data.copy(), protocol=5))

    def load(self, data_type: type[Any]) -> Any:
        if self.folder.exists(PICKLE):
            import pickle

            return pickle.loads(self.folder.read(PICKLE))
        for suffix in ("png", *(one.lower() for one in sorted(_LOSSLESS)), "jpeg", "webp"):
            if self.folder.exists(f"image_file.{suffix}"):
                image = Image.open(self.folder.source(f"image_file.{suffix}"))
                image.load()
                found = image.copy() if data_type is Image.Image else image
                if self.folder.exists(INFO):
                    from zencompile_runtime.materializers.builtin import from_json

                    found.info = from_json(self.folder.read(INFO))
                return found
        raise FileNotFoundError("image_file")

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"width": data.width, "height": data.height, "mode": data.mode}

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        shown = (name for kind in ("png", "gif", "bmp") if self.folder.exists(name := f"image_file.{kind}"))
        return dict.fromkeys(shown, VisualizationType.IMAGE)

    def _save_info(self, kept: dict[Any, Any], info: dict[Any, Any]) -> None:
        """What the file says of the image beside its pixels, where it does not say what the image said."""
        from zencompile_runtime.materializers.builtin import to_json
        from zencompile_runtime.values.literals import NotLiteral

        if kept != info:
            with contextlib.suppress(NotLiteral):
                self.folder.write(INFO, to_json(info))


def _frames(image: Any) -> int:
    return int(getattr(image, "n_frames", 1))


def _shown(image: Any, number: int) -> bytes:
    """What a frame shows; the frame that was current stays it."""
    current = image.tell()
    image.seek(number)
    shown = image.convert("RGBA").tobytes()
    image.seek(current)
    return bytes(shown)


def _equal(one: Any, other: Any) -> bool:
    """Whether two images are the same; of several frames, whether all show the same."""
    if _frames(one) > 1 and (one.size, _frames(one)) == (other.size, _frames(other)):
        return all(_shown(one, number) == _shown(other, number) for number in range(_frames(one)))
    if (one.mode, one.size, _frames(one)) != (other.mode, other.size, _frames(other)):
        return False
    return bool(one.getpalette() == other.getpalette() and one.tobytes() == other.tobytes())
