from steps.loading import laod  #~ ZC0102
from zenml import pipeline


@pipeline
def training():
    laod()


if __name__ == "__main__":
    training()
