"""What the runtime stores by, as it was before user code ran: a step may patch what all others see of these modules.

`json` is a second copy of the package, whose classes nobody else holds; the others are what the modules held.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import json as json
    import os as os
    import time as time
    from builtins import open as open
else:
    import importlib
    import io
    import os as _os
    import time as _time
    import types

    def _copy(name: str) -> Any:
        """A module, imported anew with all that is below it; everybody else keeps the one that is there."""
        before = {one: sys.modules.pop(one) for one in list(sys.modules) if one == name or one.startswith(f"{name}.")}
        try:
            return importlib.import_module(name)
        finally:
            for one in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
                del sys.modules[one]
            sys.modules.update(before)

    json = _copy("json")
    os = types.SimpleNamespace(**vars(_os))
    time = types.SimpleNamespace(**vars(_time))
    open = io.open


def read_bytes(path: Any) -> bytes:
    """The bytes of a file."""
    with open(path, "rb") as stream:
        return stream.read()


def write_bytes(path: Any, data: bytes) -> None:
    """Write a whole file."""
    with open(path, "wb") as stream:
        stream.write(data)
