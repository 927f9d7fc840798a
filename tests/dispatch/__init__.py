"""Tests of the dispatcher and of local workers."""
