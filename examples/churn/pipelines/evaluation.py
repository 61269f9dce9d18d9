"""Evaluating a model: a pipeline of its own, and a part of others."""

from steps import evaluate_model, write_card
from zenml import pipeline


@pipeline
def evaluation(model, features, algorithm, threshold: float = 0.5):
    """Score a model and write its card."""
    scores = evaluate_model(model, features, threshold=threshold, id="evaluate_best")
    return write_card(algorithm=algorithm, scores=scores, title="Churn model")
