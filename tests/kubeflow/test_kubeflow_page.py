"""The documentation of Kubeflow shows what is compiled today."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))

import kubeflow_page


def test_the_page_shows_the_files_the_options_and_the_rules() -> None:
    assert kubeflow_page.PAGE.read_text("utf-8") == kubeflow_page.page(), "python tests/kubeflow_page.py"
