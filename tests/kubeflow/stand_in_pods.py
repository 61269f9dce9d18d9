"""One step on the cluster: what the driver writes into its pod, Kubernetes expands and the launcher fills in and reads.

backend/src/v2/driver/driver.go (`initPodSpecPatch`, `provisionOutputs`), driver/util.go (`resolveContainerArgs`) and
backend/src/v2/component/launcher_v2.go (`compileCmdAndArgs`, `getExecutorOutputFile`, `collectOutputParameters`,
`mergeRuntimeArtifacts`), with protobuf's JSON and Go's texts of numbers. Kubernetes expands `$(NAME)` and `$$` in
commands, arguments and variables; Linux takes no argument of 128 KiB.

Artifacts lie in folders of this machine, where a cluster has a bucket that the launcher copies from and to.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from stand_in_metadata import DriverFault

Json = Any
Value = Any
ARGUMENT = 128 * 1024  # MAX_ARG_STRLEN, the terminating zero included
COMMAND_LINE = 2 * 1024 * 1024  # ARG_MAX: a quarter of the stack
POD = {"KFP_POD_NAME": "demo-x1-load-77", "KFP_POD_UID": "0f3a", "NAMESPACE": "team"}


class PodFault(Exception):
    """The pod can't start, or its launcher ends with an error."""


# -- protobuf's values -------------------------------------------------------------------------------------------------


def protobuf(value: Json) -> Value:
    """A JSON value as a protobuf Value holds it: every number a double, no key twice; DriverFault if none can."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            raise DriverFault(f"{value} is out of the range of a double") from None
        if not math.isfinite(number):
            raise DriverFault(f"google.protobuf.Value cannot have a number value of {number}")
        return number
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise DriverFault(f"string field contains invalid UTF-8: {value!r}") from None
        return value
    if isinstance(value, Mapping):
        return {protobuf(key): protobuf(item) for key, item in sorted(value.items())}
    return [protobuf(item) for item in value]


def number_text(number: float) -> str:
    """Go's shortest text of a number in JSON."""
    if number.is_integer() and abs(number) < 1e21:
        return f"{number:.0f}"
    text = repr(number)
    if "e" not in text or 1e-6 <= abs(number) < 1e21:
        return f"{number:.0f}" if number.is_integer() else _plain(number)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"


def _plain(number: float) -> str:
    """Shortest digits, without an exponent."""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, part = mantissa.partition(".")
    shift = int(exponent or 0)
    digits, point = whole + part, len(whole) + shift
    if point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits.ljust(point, "0")[:point] + ("." + digits[point:] if digits[point:] else "")
    return ("-" if math.copysign(1, number) < 0 else "") + text


def json_text(value: Value) -> str:
    """protobuf's JSON of a value."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json_text(key)}:{json_text(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, float):
        return number_text(protobuf(value))
    return json.dumps(value, ensure_ascii=False)


def _html(text: str) -> str:
    """What Go's encoding/json escapes beyond JSON."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def plain_text(value: Value) -> str:
    """`PbValueToText`: a value where a text is wanted; lists and structs are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else _plain(value)
    return value if isinstance(value, str) else _html(json_text(value))


def _driver_text(value: Value) -> str:
    """`pbValueToString`: as `plain_text`, but for the numbers of %g."""
    if not isinstance(value, float) or (value.is_integer() and abs(value) < 2**63):
        return plain_text(value)
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    exponent = Decimal(repr(value)).adjusted()
    if -4 <= exponent < 6:
        return _plain(value)
    mantissa = "".join(map(str, digits))
    return f"{'-' * sign}{mantissa[0]}{'.' * (len(mantissa) > 1)}{mantissa[1:]}e{exponent:+03d}"


_WORDS = {"1": True, "t": True, "T": True, "true": True, "TRUE": True, "True": True}
_WORDS |= {"0": False, "f": False, "F": False, "false": False, "FALSE": False, "False": False}


def from_text(text: str, kind: str) -> Value:
    """`TextToPbValue`: what a step wrote into the file of an output parameter; PodFault if it is no such value."""
    stripped = text.strip()
    try:
        if kind == "STRING":
            return protobuf(text)
        if kind == "NUMBER_INTEGER":
            if not re.fullmatch(r"[+-]?[0-9]+", stripped) or not -(2**63) <= int(stripped) < 2**63:
                raise ValueError
            return float(int(stripped))
        if kind == "NUMBER_DOUBLE":
            return float(stripped)
        if kind == "BOOLEAN":
            return _WORDS[stripped]
        value = read_json(text)
        if isinstance(value, {"LIST": list, "STRUCT": dict}[kind]):
            return value
    except (ValueError, KeyError, DriverFault):
        pass
    raise PodFault(f"TextToPbValue(text={text[:60]!r}, type={kind!r}) failed")


def read_json(text: str) -> Value:
    """JSON as protobuf reads it."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    return protobuf(json.loads(text, parse_constant=refuse, parse_int=float))


# -- the pod -----------------------------------------------------------------------------------------------------------


@dataclass
class Pod:
    """What the step's process gets."""

    path: str  # the task's place in the run
    command: list[str]
    variables: dict[str, str]
    executor_input: Json
    folder: Path
    attempt: int = 0


Worker = Callable[[Pod], int]


def processes(*paths: Path | str, environment: Mapping[str, str] = os.environ) -> Worker:
    """Run steps as processes of the running python in the first of these paths, which are there to import from."""

    def work(pod: Pod) -> int:
        command = [sys.executable if pod.command[0] == "python" else pod.command[0], *pod.command[1:]]
        variables = {**environment, **pod.variables, "PYTHONPATH": os.pathsep.join(map(str, paths))}
        return subprocess.run(command, env=variables, cwd=paths[0] if paths else None, check=False).returncode

    return work


@dataclass
class Box:
    """A component, its container and what the driver has found out, of one task."""

    path: str
    component: Json
    container: Json
    inputs: Json
    folder: Path
    outputs: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = self.component.get("outputDefinitions", {})
        self.outputs = {
            "artifacts": {
                name: {"artifacts": [{"name": name, "type": what["artifactType"], "uri": f"{self.folder}/{name}"}]}
                for name, what in sorted(wanted.get("artifacts", {}).items())
            },
            "parameters": {
                name: {"outputFile": f"{self.folder}/.parameters/{name}"} for name in wanted.get("parameters", {})
            },
            "outputFile": f"{self.folder}/output_metadata.json",
        }

    def pod(self, attempt: int) -> Pod:
        """What the container runs; DriverFault or PodFault if something on the way is refused."""
        executor_input = {"inputs": self.inputs, "outputs": self.outputs}
        words = [*self.container.get("command", ()), *self.container.get("args", ())]
        resolved = [text for word in words for text in driver_resolved(word, self.inputs["parameterValues"])]
        variables = dict(POD)
        for entry in self.container.get("env", ()):
            variables[entry["name"]] = expanded(entry.get("value", ""), variables)
        told, about, *user = [
            expanded(text, variables) for text in (json_text(executor_input), json_text(self.component), *resolved)
        ]
        fits([told, about, *user], variables)
        return Pod(self.path, self._filled(told, user), variables, executor_input, self.folder, attempt)

    def _filled(self, told: str, user: list[str]) -> list[str]:
        """The launcher's own placeholders, in the order of its code."""
        try:
            known = read_json(told)
        except (ValueError, DriverFault) as error:
            raise PodFault(f"failed to unmarshal executor input: {error}") from None
        values = known["inputs"].setdefault("parameterValues", {})
        for name, what in self.component.get("inputDefinitions", {}).get("parameters", {}).items():
            if "defaultValue" in what and name not in values:
                values[name] = protobuf(what["defaultValue"])
        whole, places = json_text(known), placeholders(known)
        command = user[:1] and [user[0].replace("{{$}}", whole)]
        for text in user[1:]:
            filled = text.replace("{{$}}", whole)
            for placeholder, replacement in places.items():
                filled = filled.replace(placeholder, replacement)
            command.append(filled)
        fits(command, {})
        return command

    def attempt(self, worker: Worker, number: int) -> tuple[dict[str, Value], dict[str, Json]]:
        """Run the step once, in an empty folder; its output parameters, and the RuntimeArtifacts of its outputs."""
        pod = self.pod(number)
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / ".parameters").mkdir(parents=True)
        code = worker(pod)
        if code:
            raise PodFault(f"exit code {int(code)}")
        told = self._told()
        return self._parameters(told.get("parameterValues", {})), self._artifacts(told.get("artifacts", {}))

    def _told(self) -> Json:
        path = Path(self.outputs["outputFile"])
        if not path.exists():
            return {}
        try:
            told = read_json(path.read_text("utf-8"))
            told = {_camel(key): value for key, value in told.items()}
            _known(told, ("parameters", "artifacts", "parameterValues"))
            for listed in told.get("artifacts", {}).values():
                _known(listed, ("artifacts",))
                for one in listed.get("artifacts", ()):
                    _known(one, ("name", "type", "uri", "properties", "customProperties", "metadata", "customPath"))
        except (ValueError, AttributeError, DriverFault) as error:
            raise PodFault(f"failed to unmarshall ExecutorOutput: {error}") from None
        return told

    def _parameters(self, told: dict[str, Value]) -> dict[str, Value]:
        found = dict(told)
        for name, what in self.component.get("outputDefinitions", {}).get("parameters", {}).items():
            if name not in found:
                try:
                    text = Path(self.outputs["parameters"][name]["outputFile"]).read_text("utf-8")
                except OSError as error:
                    raise PodFault(f"failed to read output parameter name={name!r}: {error}") from None
                found[name] = from_text(text, what["parameterType"])
        return found

    def _artifacts(self, told: dict[str, Json]) -> dict[str, Json]:
        found = {}
        for name, listed in self.outputs["artifacts"].items():
            artifact = dict(listed["artifacts"][0])
            given = next(iter(told.get(name, {}).get("artifacts", ())), {})
            artifact["uri"] = given.get("uri") or artifact["uri"]
            artifact["metadata"] = {key: _kept(key, value) for key, value in given.get("metadata", {}).items()}
            found[name] = artifact
        return found


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _known(message: Json, names: Sequence[str]) -> None:
    unknown = [key for key in message if _camel(key) not in names]
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}")


def _kept(key: str, value: Value) -> Value:
    """`StructValueToMLMDValue`, there and back: bools become numbers, lists and structs get a key around them."""
    if value is None:
        raise PodFault(f"unable to produce MLMD artifact: the metadata {key!r} is null")
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return {"list": value}
    return {"struct": value} if isinstance(value, dict) else value


# -- texts on their way ------------------------------------------------------------------------------------------------

_PARAMETER = re.compile(r"\{\{\$\.inputs\.parameters\['(.+?)']}}")


def driver_resolved(word: str, values: Mapping[str, Value]) -> list[str]:
    """`resolveContainerArgs`: defaults are not known yet."""

    def one(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise DriverFault(f"parameter {found[1]!r} not found in executor input")
        return _driver_text(values[found[1]])

    if "$.outputs" in word:
        return [word]
    if not word.strip().startswith('{"IfPresent":'):
        return [_PARAMETER.sub(one, word)]
    clause = json.loads(word)["IfPresent"]
    chosen = clause.get("Then" if values.get(clause["InputName"]) is not None else "Else")
    return [_PARAMETER.sub(one, text) for text in ([chosen] if isinstance(chosen, str) else chosen or ())]


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Kubernetes' expansion: `$$` is `$`, `$(NAME)` the variable if there is one."""
    return re.sub(r"\$\$|\$\(([^()]*)\)", lambda m: "$" if m[0] == "$$" else variables.get(m[1], m[0]), text)


def fits(words: Sequence[str], variables: Mapping[str, str]) -> None:
    """Linux' limits of a command line."""
    sizes = [len(word.encode()) + 1 for word in (*words, *(f"{name}={text}" for name, text in variables.items()))]
    if max(sizes, default=0) > ARGUMENT or sum(sizes) > COMMAND_LINE:
        raise PodFault(f"argument list too long: one of {max(sizes)} bytes, {sum(sizes)} in all")


def placeholders(executor_input: Json) -> dict[str, str]:
    """`getPlaceholders`."""
    inputs, outputs = executor_input["inputs"], executor_input["outputs"]
    found = {}
    for side, which in (("inputs", inputs), ("outputs", outputs)):
        for name, listed in which.get("artifacts", {}).items():
            if listed["artifacts"]:
                found[f"{{{{$.{side}.artifacts['{name}'].uri}}}}"] = listed["artifacts"][0]["uri"]
                found[f"{{{{$.{side}.artifacts['{name}'].path}}}}"] = listed["artifacts"][0]["uri"]
    for name, value in inputs["parameterValues"].items():
        if value is None:
            raise PodFault("failed to get placeholders: unknown PipelineSpec Value type *structpb.Value_NullValue")
        found[f"{{{{$.inputs.parameters['{name}']}}}}"] = plain_text(value)
    for name, parameter in outputs["parameters"].items():
        found[f"{{{{$.outputs.parameters['{name}'].output_file}}}}"] = parameter["outputFile"]
    return found
