from sklearn.svm import SVC
from zenml import pipeline, step
from metrics_of_acme import default_metric


@step
def train(metric: object, model: object) -> object:
    return model


@pipeline
def training():
    train(metric=default_metric(), model=SVC(gamma=0.1))  #~ ZC0410 ZC0230


if __name__ == "__main__":
    training()
