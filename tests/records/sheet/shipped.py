"""The configuration that ships."""

from pathlib import Path

CONFIG = Path(__file__).parents[3] / "config"
