"""Hostile inputs of every kind, each with the clear error that it has to meet."""
