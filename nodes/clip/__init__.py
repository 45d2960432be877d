"""CLIP pairs: a text tower and an image tower that meet in one space (Radford et al. 2021, arXiv 2103.00020).

handle      what a `Clip` socket carries
load        from a name to the handle
pixels      what a picture goes through before the image tower
features    pictures and texts as rows of numbers
pair        the opened module (imports torch)
"""
