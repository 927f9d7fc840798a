"""Modules written in the plan language."""
