"""Whether the customers are still those that the model knows."""

from typing import Annotated

import pandas as pd
from zenml import step


@step
def profile_customers(customers: pd.DataFrame) -> Annotated[dict[str, float], "profile"]:
    """The mean of every number."""
    return {name: float(value) for name, value in customers.mean(numeric_only=True).round(6).items()}


@step
def compare_profiles(
    reference: dict[str, float], current: dict[str, float], tolerance: float
) -> Annotated[list[str], "drifted"]:
    """The columns whose mean moved by more than `tolerance`, as a share of the reference."""
    return sorted(
        name for name, value in reference.items() if abs(current[name] - value) > tolerance * max(abs(value), 1e-9)
    )
