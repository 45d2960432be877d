"""What an exported model can do, in figures: suites of fresh prompts with fixed seeds, and the judge's verdicts.

Run: python -m training.evaluate models/shapes --suites single,pair
"""

from training.evaluate.command import main
from training.evaluate.prompts import FRESH, prompts
from training.evaluate.sampling import sample
from training.evaluate.shares import Share, share
from training.evaluate.sheet import grid
from training.evaluate.suite import SUITES, Figures, Options, Suite, register
from training.evaluate.text_suites import judged

__all__ = [
    "FRESH",
    "SUITES",
    "Figures",
    "Options",
    "Share",
    "Suite",
    "grid",
    "judged",
    "main",
    "prompts",
    "register",
    "sample",
    "share",
]
