"""Fitting models."""

from typing import Annotated

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from utils import split_target
from zenml import step
from zenml.config import DockerSettings, ResourceSettings
from zenml.config.retry_config import StepRetryConfig


def make_model(algorithm: str, seed: int) -> BaseEstimator:
    """An unfitted model of the given kind."""
    if algorithm == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    if algorithm == "forest":
        return RandomForestClassifier(n_estimators=40, max_depth=5, random_state=seed)
    raise ValueError(f"no algorithm {algorithm!r}")


@step(
    retry=StepRetryConfig(max_retries=2, delay=5, backoff=2),
    settings={
        "docker": DockerSettings(
            requirements=[
                "joblib==1.5.2",
                "numpy==2.2.6",
                "pandas==2.3.3",
                "pyarrow==21.0.0",
                "scikit-learn==1.7.2",
            ],
            apt_packages=["libgomp1"],
        ),
        "resources": ResourceSettings(cpu_count=2, memory="2GB"),
    },
)
def fit_model(features: pd.DataFrame, algorithm: str, seed: int) -> Annotated[BaseEstimator, "model"]:
    """Fit one kind of model."""
    inputs, target = split_target(features)
    return make_model(algorithm, seed).fit(inputs, target)
