import pandas as pd
from zenml import pipeline, step
from zenml.config import DockerSettings


@step
def load() -> pd.DataFrame:
    return pd.DataFrame({"a": [1]})


@pipeline(settings={"docker": DockerSettings(requirements=["scikit-learn==1.5.2"])})  #~ ZC0410
def training():
    load()


if __name__ == "__main__":
    training()
