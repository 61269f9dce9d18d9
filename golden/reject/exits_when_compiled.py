import sys

from zenml import pipeline, step


@step
def train(region: str) -> str:
    return region


@pipeline
def training(region: str = "nowhere"):
    if region not in ("eu", "us"):
        sys.exit(f"no such region: {region}")  #~ ZC0102
    train(region)


if __name__ == "__main__":
    training()
