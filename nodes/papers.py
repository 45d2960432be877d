"""The papers that nodes follow."""

from __future__ import annotations

from engine.about import Paper


def _arxiv(text: str, number: str) -> Paper:
    return Paper(text, f"https://arxiv.org/abs/{number}")


AUTOENCODER = _arxiv("Kingma & Welling 2014, Auto-encoding variational Bayes", "1312.6114")
CANNY = Paper("Canny 1986, A computational approach to edge detection", "https://doi.org/10.1109/TPAMI.1986.4767851")
CLIP = _arxiv(
    "Radford et al. 2021, Learning transferable visual models from natural language supervision", "2103.00020"
)
CLIP_SCORE = _arxiv(
    "Hessel et al. 2021, CLIPScore: a reference-free evaluation metric for image captioning", "2104.08718"
)
COMPOSE = _arxiv("Liu et al. 2022, Compositional visual generation with composable diffusion models", "2206.01714")
CONTROLNET = _arxiv(
    "Zhang, Rao & Agrawala 2023, Adding conditional control to text-to-image diffusion models", "2302.05543"
)
DDIM = _arxiv("Song, Meng & Ermon 2021, Denoising diffusion implicit models", "2010.02502")
DDPM = _arxiv("Ho, Jain & Abbeel 2020, Denoising diffusion probabilistic models", "2006.11239")
EDIFF = _arxiv("Balaji et al. 2022, eDiff-I: an ensemble of expert denoisers", "2211.01324")
EDM = _arxiv("Karras et al. 2022, Elucidating the design space of diffusion-based generative models", "2206.00364")
FID = _arxiv("Heusel et al. 2017, GANs trained by a two time-scale update rule", "1706.08500")
GUIDANCE = _arxiv("Ho & Salimans 2022, Classifier-free diffusion guidance", "2207.12598")
INCEPTION = _arxiv("Salimans et al. 2016, Improved techniques for training GANs", "1606.03498")
INSTRUCT = _arxiv(
    "Brooks, Holynski & Efros 2023, InstructPix2Pix: learning to follow image editing instructions", "2211.09800"
)
LATENT = _arxiv("Rombach et al. 2022, High-resolution image synthesis with latent diffusion models", "2112.10752")
LORA = _arxiv("Hu et al. 2021, LoRA: low-rank adaptation of large language models", "2106.09685")
RESCALE = _arxiv("Lin et al. 2024, Common diffusion noise schedules and sample steps are flawed", "2305.08891")
SDEDIT = _arxiv("Meng et al. 2022, SDEdit: guided image synthesis with stochastic differential equations", "2108.01073")
SDXL = _arxiv("Podell et al. 2023, SDXL: improving latent diffusion models", "2307.01952")
SLERP = Paper("Shoemake 1985, Animating rotation with quaternion curves", "https://doi.org/10.1145/325165.325242")
