{
 "cells": [{"cell_type": "code", "source": ["from zenml import pipeline"]}], "#~^ ZC0110": "",
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
