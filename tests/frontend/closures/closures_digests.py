"""Print the facts of every step of the sample project as JSON. Runs on a Python without the compiler's dependencies."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

STEPS = ("plain", "literals", "flow", "waits", "prices", "fancy")


def main() -> None:
    root = Path(__file__).parent / "sample"
    if "--bare" in sys.argv:  # stands for the IR, which needs pydantic
        ir = types.ModuleType("zencompile.ir")
        for name in ("Closure", "Module"):
            setattr(ir, name, types.SimpleNamespace(model_construct=types.SimpleNamespace))
        sys.modules["zencompile.ir"] = ir
    from zencompile.diagnostics import Report
    from zencompile.frontend.closures import Closures, StepCode
    from zencompile.frontend.project import Project
    from zencompile.frontend.roots import Roots

    report = Report()
    project = Project(Roots(root, root, (root,), (), root), root / "run.py", report)
    closures = Closures(project, report)
    facts = {f"run:{name}": closures.facts(StepCode(f"run:{name}")) for name in STEPS}
    table = {k: {"code": f.code, "definitions": list(f.closure.definitions)} for k, f in facts.items()}
    modules = closures.modules({path for f in facts.values() for path in f.closure.sources})
    print(json.dumps({"steps": table, "modules": {path: one.parts for path, one in modules.items()}}, indent=2))


if __name__ == "__main__":
    main()
