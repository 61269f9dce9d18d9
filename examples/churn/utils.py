"""What several steps need."""

import pandas as pd

TARGET = "churned"
CATEGORIES = {"contract": ["monthly", "yearly", "two_years"], "autopay": ["no", "yes"]}


def one_hot(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as columns of zeros and ones; always the same columns, whatever the rows hold."""
    result = frame.copy()
    for column, values in CATEGORIES.items():
        for value in values:
            result[f"{column}_{value}"] = (result[column] == value).astype("int64")
    return result.drop(columns=list(CATEGORIES))


def split_target(features: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The inputs of a model, and what it should predict."""
    return features.drop(columns=TARGET), features[TARGET]
