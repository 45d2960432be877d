"""The judge: says what a picture shows, by colour and geometry alone. No network, nothing learnt.

It knows the palette and the names, and nothing of the code that draws.
"""

from training.judge.match import iou
from training.judge.patches import Found, Patch, look, survey
from training.judge.regions import components
from training.judge.verdict import Agreement, agreement, compare
from training.judge.within import cover_of, patches_within, shows, unchanged

__all__ = [
    "Agreement",
    "Found",
    "Patch",
    "agreement",
    "compare",
    "components",
    "cover_of",
    "iou",
    "look",
    "patches_within",
    "shows",
    "survey",
    "unchanged",
]
