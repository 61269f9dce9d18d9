from steps.generated import load  #~ ZC0108
from zenml import pipeline


@pipeline
def training():  #~ ZC0228
    load()
