"""The table of executors, and what of a step's needs engines are asked for."""

from __future__ import annotations

from typing import get_args

import pytest

import zencompile_local.options
from zencompile.extras import EXTRAS
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner import executors
from zencompile_runtime.runner.remote.needs import Needs, Request, Worker, lacking, match


def test_the_target_s_option_names_the_rows_of_the_table():
    field = zencompile_local.options.Options.model_fields["executor"]
    assert set(get_args(field.annotation)) == set(executors.NAMES)


def test_each_extra_of_a_row_is_one_of_the_distribution():
    for kind in executors.KINDS:
        if kind.extra:
            assert set(kind.modules) == set(EXTRAS[kind.extra])


def test_settings_are_a_mapping_or_a_text_for_the_first():
    dask, process = executors.find("dask"), executors.find("process")
    assert dask.checked("tcp://x") == dask.checked({"address": "tcp://x"}) == {"address": "tcp://x"}
    with pytest.raises(ConfigurationFault, match="has no setting 'adress'"):
        dask.checked({"adress": "tcp://x"})
    with pytest.raises(ConfigurationFault):
        process.checked("tcp://x")


def test_workers_are_asked_by_their_own_names_for_what_they_declare():
    plain, big = Worker("a", {}), Worker("b", {"cpu": 8, "GPU": 1})
    assert match(Needs(), [plain]) == Request({})
    assert match(Needs(cpus=2), [plain]) == Request({}, ("cpus",))
    assert match(Needs(cpus=2, gpus=1), [plain, big]) == Request({"cpu": 2, "GPU": 1})
    assert match(Needs(memory=5), [big]) == Request({}, ("memory",))
    assert match(Needs(gpus=2), [plain, big]) is None
    assert match(Needs(gpus=1), [plain]) is None
    assert "it needs 2 GPUs" in lacking(Needs(gpus=2), [plain, big]) and "is 1 GPUs" in lacking(Needs(gpus=2), [big])
