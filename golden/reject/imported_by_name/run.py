import importlib

from zenml import pipeline, step


@step
def predict(model: str) -> float:
    return importlib.import_module(f"models.{model}").predict()


@step
def plug_in(name: str) -> str:
    return importlib.import_module(name).__name__


@pipeline
def scoring():
    predict("linear")
    plug_in("json")


if __name__ == "__main__":
    scoring()
