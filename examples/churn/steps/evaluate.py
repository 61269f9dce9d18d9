"""How good a model is, and which is best."""

from typing import Annotated

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.metrics import f1_score, precision_score, recall_score
from utils import split_target
from zenml import log_metadata, step


@step
def evaluate_model(
    model: BaseEstimator, features: pd.DataFrame, threshold: float = 0.5
) -> Annotated[dict[str, float], "scores"]:
    """Scores of the model where a probability above `threshold` counts as lost."""
    inputs, target = split_target(features)
    predicted = model.predict_proba(inputs)[:, 1] >= threshold
    scores = {
        "f1": float(f1_score(target, predicted, zero_division=0)),
        "precision": float(precision_score(target, predicted, zero_division=0)),
        "recall": float(recall_score(target, predicted, zero_division=0)),
    }
    log_metadata(scores)
    return scores


@step
def select_best(
    models: list[BaseEstimator], scores: list[dict[str, float]], algorithms: list[str], metric: str = "f1"
) -> tuple[Annotated[BaseEstimator, "best_model"], Annotated[str, "best_algorithm"]]:
    """The model with the highest score; the first of several equal ones."""
    best = max(range(len(models)), key=lambda i: scores[i][metric])
    return models[best], algorithms[best]
