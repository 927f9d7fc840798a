"""Value semantics and arithmetic: compiled plans against an interpreter that is obviously right, and against Python."""
