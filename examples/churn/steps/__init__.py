"""The steps of the churn project."""

from .evaluate import evaluate_model, select_best
from .features import build_features
from .load import load_customers, split_customers
from .monitor import compare_profiles, profile_customers
from .publish import publish_card, write_card
from .train import fit_model

__all__ = [
    "build_features",
    "compare_profiles",
    "evaluate_model",
    "fit_model",
    "load_customers",
    "profile_customers",
    "publish_card",
    "select_best",
    "split_customers",
    "write_card",
]
