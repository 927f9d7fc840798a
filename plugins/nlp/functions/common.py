"""What the signatures share: the models that stand in where none is named, and what identifies a model."""

from __future__ import annotations

from typing import Annotated

ENCODER = "all-MiniLM-L6-v2"
GENERATOR = "SmolLM2-135M-Instruct"
DIGEST = "planlang.plugins.nlp.digests:digest"

Score = Annotated[float, "how sure the model is, from 0 to 1"]
