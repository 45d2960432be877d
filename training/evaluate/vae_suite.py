"""How well the autoencoder gives back fresh scenes: peak signal-to-noise ratio, higher is better."""

from __future__ import annotations

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from training import vae
from training.evaluate.suite import Figures, Options, register
from training.scenes import EVERYTHING, SINGLES


def measure(options: Options) -> Figures:
    """PSNR on single plain shapes, on everything, and on crowds of shapes."""
    model = AutoencoderKL.from_pretrained(options.folder, subfolder="vae", local_files_only=True).float()
    numbers = {
        "single dB": vae.psnr(model, options.count, mix=SINGLES),
        "everything dB": vae.psnr(model, options.count, mix=EVERYTHING),
        "crowded dB": vae.psnr(model, options.count, crowded=1.0),
    }
    return Figures(options.count, numbers={name: round(value, 2) for name, value in numbers.items()})


register("vae", measure)
