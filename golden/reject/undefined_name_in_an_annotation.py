from zenml import pipeline, step


@step
def load() -> pd.DataFrame:  #~ ZC0102
    return {}


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
