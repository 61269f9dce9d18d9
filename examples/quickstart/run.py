"""Train a classifier of wines: one file, four steps."""

from typing import Annotated

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from zenml import pipeline, step
from zenml.config import DockerSettings

docker = DockerSettings(
    requirements=["numpy==2.2.6", "pandas==2.3.3", "pyarrow==21.0.0", "scikit-learn==1.7.2"],
)


@step
def load_data(
    test_size: float, seed: int = 7
) -> tuple[Annotated[pd.DataFrame, "train"], Annotated[pd.DataFrame, "test"]]:
    """Load the wines that come with scikit-learn and split them."""
    wines = load_wine(as_frame=True).frame
    train, test = train_test_split(wines, test_size=test_size, random_state=seed, stratify=wines["target"])
    return train.reset_index(drop=True), test.reset_index(drop=True)


@step
def train_model(train: pd.DataFrame, trees: int, max_depth: int = 4) -> Annotated[RandomForestClassifier, "model"]:
    """Fit a random forest."""
    model = RandomForestClassifier(n_estimators=trees, max_depth=max_depth, random_state=0)
    model.fit(train.drop(columns="target"), train["target"])
    return model


@step
def evaluate(
    model: RandomForestClassifier, test: pd.DataFrame
) -> tuple[Annotated[float, "accuracy"], Annotated[dict[str, list[int]], "confusion"]]:
    """Compare the model's predictions with the truth."""
    predicted = model.predict(test.drop(columns="target"))
    matrix = confusion_matrix(test["target"], predicted)
    confusion = {f"class_{i}": [int(n) for n in row] for i, row in enumerate(matrix)}
    return float(accuracy_score(test["target"], predicted)), confusion


@step
def summarise(accuracy: float, confusion: dict[str, list[int]], title: str) -> str:
    """Write what a person wants to read."""
    rows = [f"{name}: {' '.join(map(str, row))}" for name, row in confusion.items()]
    return "\n".join([f"{title}: {accuracy:.1%} right", *rows])


@pipeline(settings={"docker": docker})
def wines(trees: int = 20, test_size: float = 0.25):
    """Train and evaluate a classifier of wines."""
    train, test = load_data(test_size=test_size)
    model = train_model(train, trees=trees)
    accuracy, confusion = evaluate(model, test)
    summarise(accuracy, confusion, title="Wine classifier")


if __name__ == "__main__":
    wines()
