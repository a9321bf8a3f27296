"""The REST API: one module a topic, each with its routes."""

from .app import Rest

__all__ = ["Rest"]
