"""Tests of models behind endpoints."""
