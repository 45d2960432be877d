"""Workflow documents over the tiny models, as a person would write them: what the oracles are compared with."""

from __future__ import annotations

import copy
from typing import Any

from tests.oracles import NEGATIVE, PROMPT, SIDE, Solver

Document = dict[str, Any]


def link(to: str) -> dict[str, str]:
    """A link to an output."""
    return {"from": to}


def schedule_inputs(solver: Solver, model: str = "model", steps: int = 6) -> dict[str, Any]:
    """The inputs of `schedule.make` for a solver."""
    inputs: dict[str, Any] = {"config": link(f"{model}.scheduler"), "solver": solver.solver, "steps": steps}
    if solver.widgets:
        return inputs | dict(solver.widgets)
    return inputs | ({"options": dict(solver.options)} if solver.options else {})


def denoiser(frame: str, text: str, model: str = "model", **inputs: Any) -> Document:
    """A `unet.denoise` in a frame."""
    said = {"unet": link(f"{model}.unet"), "state": link(f"{frame}.state"), "step": link(f"{frame}.item")}
    return {"type": "unet.denoise@1", "in": frame, "inputs": said | {"text": link(text)} | inputs}


def frame(name: str, over: str, first: str, eta: float = 0.0, suffix: str = "", **options: Any) -> Document:
    """A sampling frame with guidance; `texts` and `model` in `options` say whose."""
    model, texts = options.get("model", "model"), options.get("texts", ("negative", "positive"))
    body: dict[str, Any] = {
        name: {
            "type": "flow.loop@1",
            "inputs": {"over": link(over)},
            "carry": {"state": {"first": link(first), "next": link(f"solve{suffix}")}},
        },
        f"uncond{suffix}": denoiser(name, texts[0], model),
        f"cond{suffix}": denoiser(name, texts[1], model),
        f"cfg{suffix}": {
            "type": "guidance.cfg@1",
            "in": name,
            "inputs": {"uncond": link(f"uncond{suffix}"), "cond": link(f"cond{suffix}"), "scale": 5.0},
        },
        f"solve{suffix}": {
            "type": "scheduler.step@1",
            "in": name,
            "inputs": {
                "state": link(f"{name}.state"),
                "prediction": link(f"cfg{suffix}"),
                "step": link(f"{name}.item"),
                "eta": eta,
            },
        },
    }
    return body


def text(model: str, prompt: str) -> Document:
    """A `text.encode`."""
    return {"type": "text.encode@1", "inputs": {"encoder": link(f"{model}.text_encoder"), "text": prompt}}


def text_to_image(solver: Solver, model: str = "sd", seed: Any = 7) -> Document:
    """The first workflow of the product, on a tiny model."""
    noise = {"seed": seed, "like": link("model.vae"), "schedule": link("schedule"), "width": SIDE, "height": SIDE}
    nodes = {
        "model": {"type": "model.load@1", "inputs": {"model": model}},
        "positive": text("model", PROMPT),
        "negative": text("model", NEGATIVE),
        "schedule": {"type": "schedule.make@1", "inputs": schedule_inputs(solver)},
        "noise": {"type": "noise.gaussian@1", "inputs": noise},
        **frame("sample", "schedule", "noise", solver.eta),
        "image": {"type": "vae.decode@1", "inputs": {"vae": link("model.vae"), "latent": link("sample.state")}},
    }
    return {"format": 1, "name": "text_to_image", "nodes": nodes}


def with_picture(document: Document, strength: float) -> Document:
    """`document` cut for image-to-image, with an input picture, its latent, and noise from one generator."""
    made = copy.deepcopy(document)
    vae = link("model.vae")
    made["nodes"] |= {
        "picture": {"type": "image.load@1", "inputs": {"file": "picture.png"}},
        "cut": {
            "type": "schedule.strength@1",
            "inputs": {"schedule": link("schedule"), "strength": strength},
        },
        "latent": {"type": "vae.encode_sample@1", "inputs": {"vae": vae, "image": link("picture"), "seed": 7}},
        "draw": {"type": "noise.like@1", "inputs": {"latent": link("latent"), "seed": link("latent.rng")}},
        "noise": {
            "type": "latent.noise@1",
            "inputs": {
                "latent": link("latent"),
                "noise": link("draw"),
                "rng": link("draw.rng"),
                "schedule": link("cut"),
            },
        },
    }
    made["nodes"]["sample"]["inputs"]["over"] = link("cut")
    return made


def mask() -> Document:
    """A rectangle to repaint."""
    box = {"width": SIDE, "height": SIDE, "left": 16, "top": 8, "right": 56, "bottom": 40}
    return {"type": "mask.rectangle@1", "inputs": box}


def with_nine_channels(document: Document) -> Document:
    """An image-to-image document for an inpainting model."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    nodes["mask"] = mask()
    condition = {"vae": link("model.vae"), "image": link("picture"), "mask": link("mask"), "seed": link("draw.rng")}
    nodes["hole"] = {"type": "inpaint.condition@1", "inputs": condition}
    nodes["noise"]["inputs"]["rng"] = link("hole.rng")
    for name in ("uncond", "cond"):
        nodes[name]["inputs"]["concat"] = link("hole.concat")
    return made


def with_blend(document: Document) -> Document:
    """An image-to-image document that keeps what the mask leaves."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    nodes["mask"] = mask()
    nodes["blend"] = {
        "type": "latent.blend@1",
        "in": "sample",
        "inputs": {
            "state": link("solve"),
            "original": link("latent"),
            "noise": link("draw"),
            "mask": link("mask"),
            "step": link("sample.item"),
        },
    }
    nodes["sample"]["carry"]["state"]["next"] = link("blend")
    return made


def with_control(document: Document, nets: dict[str, float], start: float = 0.0, end: float = 1.0) -> Document:
    """A text-to-image document steered by ControlNets with strengths, all in one interval, with one hint."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    nodes["hint"] = {"type": "image.load@1", "inputs": {"file": "picture.png"}}
    interval = {"item": link("sample.item"), "start": start, "end": end}
    nodes["inside"] = {"type": "step.control_interval@1", "in": "sample", "inputs": interval}
    for net in nets:
        nodes[net] = {"type": "control.load@1", "inputs": {"control": net}}
    for side, words in (("uncond", "negative"), ("cond", "positive")):
        for net, strength in nets.items():
            said = {"control": link(net), "state": link("sample.state"), "step": link("sample.item")}
            said |= {"text": link(words), "image": link("hint"), "strength": strength}
            nodes[f"{side}_{net}"] = {"type": "control.apply@1", "in": "sample", "inputs": said}
        applied = [link(f"{side}_{net}") for net in nets]
        if len(nets) > 1:
            nodes[f"{side}_sum"] = {"type": "control.add@1", "in": "sample", "inputs": {"controls": applied}}
        found = link(f"{side}_sum") if len(nets) > 1 else applied[0]
        switch = {"on": link("inside"), "yes": found, "no": None}
        nodes[f"{side}_switch"] = {"type": "flow.switch@1", "in": "sample", "inputs": switch}
        nodes[side]["inputs"]["control"] = link(f"{side}_switch")
    return made


def base_and_refiner(solver: Solver, split: float = 0.6) -> Document:
    """Two frames over one cut schedule; the state goes over from the base to the refiner."""
    made = text_to_image(solver, "sdxl")
    nodes = made["nodes"]
    for name, inputs in (("first", {"end": split}), ("rest", {"start": split})):
        nodes[name] = {"type": "schedule.denoising@1", "inputs": {"schedule": link("schedule")} | inputs}
    nodes["sample"]["inputs"]["over"] = link("first")
    nodes["refiner"] = {"type": "model.load@1", "inputs": {"model": "refiner"}}
    for name, prompt, score in (("positive", PROMPT, 6.0), ("negative", NEGATIVE, 2.5)):
        nodes[f"refiner_{name}"] = text("refiner", prompt)
        sized = {"text": link(f"refiner_{name}"), "width": SIDE, "height": SIDE, "aesthetic": score}
        nodes[f"sized_{name}"] = {"type": "text.size@1", "inputs": sized}
    texts = ("sized_negative", "sized_positive")
    nodes |= frame("refine", "rest", "sample.state", suffix="_refine", model="refiner", texts=texts)
    nodes["image"]["inputs"]["latent"] = link("refine.state")
    return made


def with_switch(document: Document, at: int, prompt: str = "dog") -> Document:
    """A document whose prompt changes at a step."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    nodes["later"] = text("model", prompt)
    nodes["since"] = {"type": "step.since@1", "in": "sample", "inputs": {"item": link("sample.item"), "index": at}}
    switch = {"on": link("since"), "yes": link("later"), "no": link("positive")}
    nodes["words"] = {"type": "flow.switch@1", "in": "sample", "inputs": switch}
    nodes["cond"]["inputs"]["text"] = link("words")
    return made
