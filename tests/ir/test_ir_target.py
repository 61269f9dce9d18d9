"""The target `ir`."""

from ir_samples import training

from zencompile.diagnostics import Report
from zencompile.ir.schema import from_json
from zencompile.targets import Layout, Target
from zencompile_ir import TARGET


def test_it_emits_the_pipeline_itself():
    """What is emitted can be read back, under a name that is a file name."""
    sample = training(name="my pipe/x")
    files = TARGET.emit(sample, TARGET.options(), Layout(), Report())
    assert isinstance(TARGET, Target)
    assert list(files.deployed) == ["my%20pipe%2Fx.ir.json"]
    assert from_json(files.deployed["my%20pipe%2Fx.ir.json"]) == sample
    assert list(TARGET.validate(files)) == []
