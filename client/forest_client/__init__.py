"""Plots, shifts and figures of a Forest API as data frames."""

from forest_client._client import Client
from forest_client._errors import ForestError

__all__ = ["Client", "ForestError"]
