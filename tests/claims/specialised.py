"""Workflow documents for nets with a speciality: told a picture, distilled to few steps, changed by a LoRA."""

from __future__ import annotations

import copy
from typing import Any

from tests.documents import Document, denoiser, link, text_to_image
from tests.oracles import Solver


def instruct(solver: Solver, text_scale: float, image_scale: float, seed: Any = 7) -> Document:
    """A picture changed by an instruction, on the eight-channel model."""
    made = text_to_image(solver, "instruct", seed)
    nodes = made["nodes"]
    for name in ("uncond", "cond", "cfg"):
        del nodes[name]
    nodes["picture"] = {"type": "image.load@1", "inputs": {"file": "picture.png"}}
    seen = {"vae": link("model.vae"), "image": link("picture")}
    nodes["seen"] = {"type": "instruct.condition@1", "inputs": seen}
    nodes["both"] = denoiser("sample", "positive", concat=link("seen.concat"))
    nodes["alone"] = denoiser("sample", "negative", concat=link("seen.concat"))
    nodes["neither"] = denoiser("sample", "negative", concat=link("seen.blank"))
    guided = {"both": link("both"), "picture": link("alone"), "neither": link("neither")}
    scales = {"text_scale": text_scale, "image_scale": image_scale}
    nodes["guide"] = {"type": "guidance.instruct@1", "in": "sample", "inputs": guided | scales}
    nodes["solve"]["inputs"]["prediction"] = link("guide")
    return made


def distilled(solver: Solver, scale: float, model: str = "lcm", steps: int = 6, seed: Any = 7) -> Document:
    """One prediction per step, which is told the guidance scale."""
    made = text_to_image(solver, model, seed)
    nodes = made["nodes"]
    for name in ("uncond", "cfg", "negative"):
        del nodes[name]
    nodes["cond"]["inputs"]["embedded_scale"] = scale
    nodes["solve"]["inputs"]["prediction"] = link("cond")
    nodes["schedule"]["inputs"]["steps"] = steps
    return made


def with_lora(document: Document, *files: str, strength: float = 1.0, text_strength: float = 1.0) -> Document:
    """A document with LoRAs between the model and all that takes it."""
    made = copy.deepcopy(document)
    nodes, source = made["nodes"], "model"
    for i, file in enumerate(files):
        sockets = {"unet": link(f"{source}.unet"), "text_encoder": link(f"{source}.text_encoder")}
        widgets = {"lora": file, "strength": strength, "text_strength": text_strength}
        source = f"lora_{i}"
        nodes[source] = {"type": "lora.apply@1", "inputs": sockets | widgets}
    for name, node in nodes.items():
        if not name.startswith("lora_"):
            for socket, name_of_output in (("unet", "unet"), ("encoder", "text_encoder")):
                if node["inputs"].get(socket) == link(f"model.{name_of_output}"):
                    node["inputs"][socket] = link(f"{source}.{name_of_output}")
    return made
