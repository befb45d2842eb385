"""Examples of the OpenAPI document: answers about a run small enough to work out by hand. A test keeps them true."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

EXAMPLES: dict[str, Any] = json.loads((resources.files("graphfraud_api") / "examples.json").read_text(encoding="utf-8"))
