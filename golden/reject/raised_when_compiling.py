from zenml import pipeline, step

MODELS = {"forest": "RandomForestClassifier"}


@step
def train(model: str) -> str:
    return model


def model_of(kind: str) -> str:
    if kind not in MODELS:
        raise ValueError(f"no model of kind {kind}, use one of {sorted(MODELS)}")  #~ ZC0102
    return MODELS[kind]


@pipeline
def training(kind: str = "trees"):
    train(model=model_of(kind))


if __name__ == "__main__":
    training()
