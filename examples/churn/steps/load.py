"""Where the customers come from."""

from pathlib import Path
from typing import Annotated

import pandas as pd
from sklearn.model_selection import train_test_split
from zenml import step
from zenml.config import CachePolicy

CUSTOMERS = Path(__file__).parent.parent / "data" / "customers.csv"


@step(cache_policy=CachePolicy(file_dependencies=["data/customers.csv"]))
def load_customers(limit: int | None = None) -> Annotated[pd.DataFrame, "customers"]:
    """Read the customers; `limit` keeps the first rows alone."""
    customers = pd.read_csv(CUSTOMERS)
    return customers if limit is None else customers.head(limit)


@step
def split_customers(
    customers: pd.DataFrame, test_size: float, seed: int
) -> tuple[Annotated[pd.DataFrame, "train"], Annotated[pd.DataFrame, "test"]]:
    """Split so that both parts have the same share of lost customers."""
    train, test = train_test_split(customers, test_size=test_size, random_state=seed, stratify=customers["churned"])
    return train.reset_index(drop=True), test.reset_index(drop=True)
