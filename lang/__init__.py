"""The language: from source text to a checked tree. Imports neither the runtime nor any plugin.

source → `lexer` (tokens, newlines) → `parser` (Lark tables → `tree`) → `checker` (`resolver`, `inference`, `effects`)
→ `checked.Module`. Findings are `diagnostics.Diagnostic`s; `codes` explains them. `formatter` prints a tree.
"""
