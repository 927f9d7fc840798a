"""The flow form of functions that may reach a model call.

Every place where a value may not be known yet is looked at, and what hangs on one is put aside as a function of its
own (see `planlang.runtime.flow`).
"""
