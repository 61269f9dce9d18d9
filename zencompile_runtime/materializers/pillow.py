"""Images of Pillow."""

from __future__ import annotations

import contextlib
from typing import Any

from PIL import Image

from zencompile_runtime.errors import OutputFault
from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType
from zencompile_runtime.values import pickling
from zencompile_runtime.values.exact import same

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
            if self._written(data, kind):
                return
        if _frames(data) > 1:
            raise OutputFault(
                f"no format keeps this image of {_frames(data)} frames exactly", help="return its frames as a list"
            )
        with self.folder.create(PICKLE) as stream:
            pickling.dump(data.copy() if type(data) is Image.Image else data, lambda: stream)

    def _written(self, data: Any, kind: str) -> bool:
        """Whether a file in this format says all."""
        name = f"image_file.{kind.lower()}"
        try:
            data.save(self.folder.target(name), kind, **({"save_all": True} if _frames(data) > 1 else {}))
            with Image.open(self.folder.source(name)) as again:
                if _equal(again, data):
                    self._save_info(again.info, data.info)
                    return True
        except (OSError, ValueError, KeyError, TypeError) as error:  # it has no such mode, or no empty images
            if isinstance(error, OSError) and error.errno is not None:
                raise
        self.folder.remove(name)
        return False

    def comes_back(self, data: Any) -> bool:
        """Its pixels were looked at when the file was written."""
        found = self.load(type(data))
        if type(found) is type(data) and same(_described(found), _described(data)):
            return True
        raise OutputFault(
            f"this {type(data).__name__} of mode {data.mode} would come back as something else",
            help="return `image.convert(…)` or `image.copy()`, or its pixels as an array",
        )

    def load(self, data_type: type[Any]) -> Any:
        if self.folder.exists(PICKLE):
            with self.folder.open(PICKLE) as stream:
                return pickling.load(stream)
        for suffix in ("png", *(one.lower() for one in sorted(_LOSSLESS)), "jpeg", "webp"):
            if self.folder.exists(f"image_file.{suffix}"):
                return self._read(f"image_file.{suffix}", data_type)
        raise FileNotFoundError("image_file")

    def _read(self, name: str, data_type: type[Any]) -> Any:
        image = Image.open(self.folder.source(name))
        image.load()
        found: Any = image
        if data_type is Image.Image:
            found = image.copy()
        elif type(image) is not data_type and issubclass(data_type, Image.Image) and _frames(image) == 1:
            found = Image.Image.__new__(data_type)  # as pickle makes an image that was read from another format
            found.__setstate__(image.copy().__getstate__())
        if self.folder.exists(INFO):
            from zencompile_runtime.materializers.builtin import from_json

            found.info = from_json(self.folder.read(INFO))
        return found

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


def _described(image: Any) -> tuple[Any, ...]:
    """What an image is beside its pixels; that of several depends on which of them was looked at."""
    return (image.size,) if _frames(image) > 1 else (image.size, image.mode, image.getpalette("RGBA"), image.info)


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
