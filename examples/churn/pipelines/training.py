"""From customers to a published model."""

from steps import (
    build_features,
    evaluate_model,
    fit_model,
    load_customers,
    publish_card,
    select_best,
    split_customers,
)
from zenml import pipeline
from zenml.config import DockerSettings

from pipelines.evaluation import evaluation

ALGORITHMS = ["logistic", "forest"]

docker = DockerSettings(
    requirements=["numpy==2.2.6", "pandas==2.3.3", "pyarrow==21.0.0", "scikit-learn==1.7.2"],
    environment={"PYTHONUNBUFFERED": "1"},
)


@pipeline(name="churn_training", settings={"docker": docker}, environment={"STAGE": "dev"}, tags=["churn"])
def training(test_size: float = 0.3, seed: int = 11, threshold: float = 0.5):
    """Fit several models of churn, choose the best and publish its card."""
    customers = load_customers()
    train, test = split_customers(customers, test_size=test_size, seed=seed)
    train_features = build_features(train)
    test_features = build_features(test)

    models, scores = [], []
    for algorithm in ALGORITHMS:
        model = fit_model(train_features, algorithm=algorithm, seed=seed, id=f"fit_{algorithm}")
        models.append(model)
        scores.append(evaluate_model(model, test_features, threshold=threshold, id=f"evaluate_{algorithm}"))

    best, algorithm = select_best(models=models, scores=scores, algorithms=ALGORITHMS)
    card = evaluation(best, test_features, algorithm, threshold=threshold)
    publish_card(card, after=[f"evaluate_{name}" for name in ALGORITHMS])
