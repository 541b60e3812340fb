"""Jobs to copy: one module for each recipe of docs/recipes.md."""

__version__ = "1.0.0"
