from typing import Tuple

from zenml import step


@step
def load(rows: int, **options) -> list:  #~ ZC0203
    return [rows, options]


@step(retry={"max_retries": 3, "delay": "soon"})  #~ ZC0314
def train(data: list, rate: float = 0.1) -> Tuple[float, ...]:  #~ ZC0205
    return rate, rate
