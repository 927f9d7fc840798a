"""Tests of lexer, parser, formatter and checker."""
