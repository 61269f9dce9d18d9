"""What can go wrong, and whose fault it was.

exit code   fault             meaning
0           -                 completed, or taken from the cache
1           user              the step's code raised, or returned what its annotations forbid
2           configuration     the command or the data of the step are wrong: a bad flag, a missing input or secret
3           infrastructure    the store, the disk or the network failed: worth a retry as it is
4           timeout           the step ran longer than it may
143         ended             the engine asked the process to end (SIGTERM)

Fault
├── UserFault
│   ├── OutputFault
│   └── Timeout
├── ConfigurationFault
│   └── ParameterFault
└── InfrastructureFault
    ├── CorruptArtifact
    └── Ended
"""

from __future__ import annotations

from dataclasses import dataclass

EXIT_CODES = {"user": 1, "configuration": 2, "infrastructure": 3, "timeout": 4, "ended": 143}


class Fault(Exception):
    """A problem that the message explains in full; no traceback of ours helps."""

    kind = "infrastructure"

    def __init__(self, message: str, *, help: str = "", location: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.location = location


class UserFault(Fault):
    """The user's code did something that its declaration forbids."""

    kind = "user"


class OutputFault(UserFault):
    """A step returned the wrong number of outputs, one of the wrong type, or one that can't be stored."""


class Timeout(UserFault):
    """The step ran longer than it may."""

    kind = "timeout"


class ConfigurationFault(Fault):
    """The command, the environment or the data that it names are not what the step needs."""

    kind = "configuration"


class ParameterFault(ConfigurationFault):
    """A value does not fit the annotation of the input that it is for."""


class InfrastructureFault(Fault):
    """A store, a disk or a network failed."""


class Ended(InfrastructureFault):
    """The engine gave a step up that did not end by itself."""


class CorruptArtifact(InfrastructureFault):
    """What lies in the store is not what its manifest says."""


@dataclass(frozen=True)
class Failure:
    """Why a step failed, as data. `traceback` is the user's alone: frames of this package are left out."""

    kind: str  # a key of EXIT_CODES
    type: str  # name of the exception's class
    message: str
    traceback: str = ""
    location: str = ""  # "path:line" of the user's code, where known
    help: str = ""

    @property
    def exit_code(self) -> int:
        """What the process of the step ends with."""
        return EXIT_CODES[self.kind]

    def render(self, step: str) -> str:
        """The text that a terminal or a log shows."""
        parts = [self.traceback.rstrip()] if self.traceback else []
        where = f" ({self.location})" if self.location else ""
        if self.kind == "user" and self.traceback and self.message in self.traceback:
            parts.append(f"step `{step}` failed{where}")
        else:
            named = self.message if f"`{step}`" in self.message else f"step `{step}`: {self.message}"
            parts.append(f"error: {named}{where}")
        if self.help:
            parts.append(f"help: {self.help}")
        return "\n".join(parts)
