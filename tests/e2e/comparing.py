"""Values of steps as JSON, so that those of different engines can be compared.

    python comparing.py plain EXAMPLE PROJECT          calls the steps by hand, in plain Python
    python comparing.py store URL NAMESPACE/NAME RUN PROJECT   what a run left in a store
    python comparing.py zenml NAME                     what the newest run of a pipeline left in ZenML

Each prints one JSON object: "invocation.output" → value.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any


def normal(value: Any) -> Any:
    """A value as JSON: a frame as its cells, a model as its parameters and what it has learned to predict."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(normal, value)]
    if isinstance(value, dict):
        return {str(key): normal(item) for key, item in sorted(value.items())}
    if hasattr(value, "to_numpy") and hasattr(value, "columns"):
        return [kind, list(value.columns), [str(t) for t in value.dtypes], value.to_json(double_precision=15)]
    if hasattr(value, "predict") and hasattr(value, "get_params"):
        return [kind, _learned(value)]
    if hasattr(value, "__dataclass_fields__"):
        return [type(value).__name__, {name: normal(getattr(value, name)) for name in value.__dataclass_fields__}]
    raise TypeError(f"no way to compare a {kind}")


def _learned(model: Any) -> str:
    """A digest of the model's predictions on fixed numbers, and of its parameters."""
    import numpy as np

    count = model.n_features_in_
    rows = np.random.default_rng(0).normal(50, 40, size=(64, count))
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        import pandas as pd

        rows = pd.DataFrame(rows, columns=names)
    predicted = np.round(model.predict_proba(rows), 9).tolist()
    text = json.dumps([predicted, sorted((k, str(v)) for k, v in model.get_params(deep=False).items() if k != "steps")])
    return hashlib.sha256(text.encode()).hexdigest()


# -- by hand -----------------------------------------------------------------------------------------------------------


def quickstart() -> dict[str, Any]:
    import run

    train, test = run.load_data(0.25)
    model = run.train_model(train, 20)
    accuracy, confusion = run.evaluate(model, test)
    summary = run.summarise(accuracy, confusion, "Wine classifier")
    return {
        "load_data.train": train,
        "load_data.test": test,
        "train_model.model": model,
        "evaluate.accuracy": accuracy,
        "evaluate.confusion": confusion,
        "summarise.output": summary,
    }


def churn_training() -> dict[str, Any]:
    import steps

    customers = steps.load_customers()
    train, test = steps.split_customers(customers, 0.3, 11)
    features, test_features = steps.build_features(train), steps.build_features(test)
    values = {
        "load_customers.customers": customers,
        "split_customers.train": train,
        "split_customers.test": test,
        "build_features.features": features,
        "build_features_2.features": test_features,
    }
    models, scores, names = [], [], ["logistic", "forest"]
    for name in names:
        models.append(steps.fit_model(features, name, 11))
        scores.append(steps.evaluate_model(models[-1], test_features, 0.5))
        values |= {f"fit_{name}.model": models[-1], f"evaluate_{name}.scores": scores[-1]}
    best, algorithm = steps.select_best(models, scores, names)
    final = steps.evaluate_model(best, test_features, 0.5)
    card = steps.write_card(algorithm, final, "Churn model")
    return values | {
        "select_best.best_model": best,
        "select_best.best_algorithm": algorithm,
        "evaluate_best.scores": final,
        "write_card.card": card,
        "publish_card.receipt": steps.publish_card(card),
    }


def churn_monitoring() -> dict[str, Any]:
    import steps

    some, everyone = steps.load_customers(180), steps.load_customers()
    reference, current = steps.profile_customers(some), steps.profile_customers(everyone)
    return {
        "load_customers.customers": some,
        "load_customers_2.customers": everyone,
        "profile_reference.profile": reference,
        "profile_current.profile": current,
        "compare_profiles.drifted": steps.compare_profiles(reference, current, 0.05),
    }


def plain(example: str, project: str) -> dict[str, Any]:
    """The steps called as functions: `log_metadata` outside a run has nothing to write to, so it is set aside."""
    from zencompile_runtime import importing

    importing.prepare()
    sys.path.insert(0, project)
    import zenml

    zenml.log_metadata = lambda *_, **__: None
    return {key: normal(value) for key, value in globals()[example]().items()}


# -- from a store ------------------------------------------------------------------------------------------------------


def store(url: str, pipeline: str, run: str) -> dict[str, Any]:
    from zencompile_runtime import artifacts, importing
    from zencompile_runtime import store as stores
    from zencompile_runtime.store import layout

    importing.prepare()
    opened = stores.open(url)
    found = {}
    for entry in opened.entries(layout.run_prefix(pipeline, run)):
        document = opened.read_document(entry.key) if entry.key.endswith(".json") else None
        if document and "value" in document:
            opened.verify(document["value"])
            found[f"{document['invocation']}.{document['output']}"] = normal(artifacts.load(opened, document["value"]))
    return found


def zenml(name: str) -> dict[str, Any]:
    from zenml.client import Client

    run = Client().get_pipeline(name).last_successful_run
    return {
        f"{step}.{output}": normal(artifact[0].load())
        for step, details in run.steps.items()
        for output, artifact in details.outputs.items()
    }


if __name__ == "__main__":
    how, *arguments = sys.argv[1:]
    answer = globals()[how](*arguments)
    print("\n" + json.dumps(answer, sort_keys=True))
