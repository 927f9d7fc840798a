"""Tests of runs that are kept: their folders, going on, showing, removing."""
