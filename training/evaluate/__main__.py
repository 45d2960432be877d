"""python -m training.evaluate models/shapes"""

from training.evaluate.command import main

main()
