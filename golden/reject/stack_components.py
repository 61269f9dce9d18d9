from zenml import pipeline, step


@step(experiment_tracker="mlflow", step_operator="sagemaker")
def train() -> float:
    return 0.9


@pipeline
def training():
    train()


if __name__ == "__main__":
    training()
