"""From customers to numbers."""

from typing import Annotated

import pandas as pd
from utils import one_hot
from zenml import step


@step
def build_features(customers: pd.DataFrame, fill_fee: float = 60.0) -> Annotated[pd.DataFrame, "features"]:
    """One row of numbers for each customer."""
    features = one_hot(customers.drop(columns="customer"))
    features["monthly_fee"] = features["monthly_fee"].fillna(fill_fee)
    features["paid_so_far"] = (features["monthly_fee"] * features["tenure_months"]).round(2)
    return features
