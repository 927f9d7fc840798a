"""Conformance programs of the language and their runner."""
