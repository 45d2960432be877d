"""Metrics: how good pictures are, as numbers. docs/evaluation.md says what each needs and where it misleads.

values      features and class probabilities, and what is asked of them
frechet     the distance of two sets of pictures (FID)
inception   how sure and how varied a classifier finds them
likeness    pictures and texts in one CLIP space: score, zero-shot labels, contrastive loss
"""
