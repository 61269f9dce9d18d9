"""Watching for drift."""

from steps import compare_profiles, load_customers, profile_customers
from zenml import pipeline
from zenml.config import DockerSettings

docker = DockerSettings(requirements=["numpy==2.2.6", "pandas==2.3.3", "pyarrow==21.0.0", "scikit-learn==1.7.2"])


@pipeline(name="churn_monitoring", settings={"docker": docker}, tags=["churn"])
def monitoring(reference_rows: int = 180, tolerance: float = 0.05):
    """Compare the first customers with all of them."""
    reference = profile_customers(load_customers(limit=reference_rows), id="profile_reference")
    current = profile_customers(load_customers(), id="profile_current")
    compare_profiles(reference, current, tolerance=tolerance)
