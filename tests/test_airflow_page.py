"""The documentation of DAG files shows what is compiled today."""

from __future__ import annotations

import airflow_page


def test_the_page_shows_the_golden_file_and_what_becomes_of_features() -> None:
    assert airflow_page.PAGE.read_text("utf-8") == airflow_page.page(), "python tests/airflow_page.py"
