"""Fonts of a picture: one with Chinese characters where there is one; what to do where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

LATIN = "DejaVu Sans"  # comes with matplotlib
#: fonts with Chinese characters, as systems name them; the first that is there is used
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Heiti SC", "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "SimSun", "DengXian",
    "Droid Sans Fallback", "AR PL UMing CN", "Noto Sans CJK JP", "Arial Unicode MS",
)  # fmt: skip
MISSING = (
    "no font with Chinese characters is installed here: labels are in English, what cannot be drawn shows as □;"
    " install one (Debian and Ubuntu: fonts-noto-cjk), or use --format svg, which the viewer's fonts draw"
)


@dataclass(frozen=True)
class Fonts:
    """Fonts to draw with, the Latin one first. `lacking`: characters that none of them has."""

    families: Sequence[str]
    lacking: frozenset[str] = frozenset()

    def drawable(self, text: str) -> str:
        """The text with a mark for every character that cannot be drawn."""
        return "".join("□" if c in self.lacking else c for c in text)


def choose(texts: Iterable[str]) -> Fonts:
    """The fonts that draw these texts; where no font here has all their characters, the Latin one and what it lacks."""
    from matplotlib import font_manager

    there = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    beyond = _lacks(there[LATIN], {c for text in texts for c in text})
    if not beyond:
        return Fonts((LATIN,))
    fit = next((name for name in CHINESE if name in there and not _lacks(there[name], beyond)), None)
    return Fonts((LATIN,), frozenset(beyond)) if fit is None else Fonts((LATIN, fit))


def _lacks(path: str, characters: set[str]) -> set[str]:
    """Characters that a font has no glyph for."""
    from matplotlib import font_manager

    font: Any = font_manager.get_font(path)
    return {c for c in characters if not font.get_char_index(ord(c))}
