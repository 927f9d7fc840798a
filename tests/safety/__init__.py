"""Attacks: escapes, bombs, odd files and changed programs."""
