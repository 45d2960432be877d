"""More workflow documents over the tiny models: every solver, sweeps, experts, files. See `tests.documents`."""

from __future__ import annotations

import copy
from typing import Any

from nodes.solver_list import FLOW, SOLVERS
from tests.documents import Document, link, text, text_to_image
from tests.oracles import DDIM

PREDICTS = dict.fromkeys(FLOW, "flow_prediction") | {"SCMScheduler": "trigflow"}

# what `schedule.make` and `scheduler.step` are told beside the solver's name
DRIVEN: dict[str, dict[str, Any]] = {name: {} for name in SOLVERS} | {
    "ddim, eta 1": {"solver": "ddim", "eta": 1.0},
    "tcd, eta 0.5": {"solver": "tcd", "eta": 0.5},
    "euler, churn": {"solver": "euler", "s_churn": 5.0, "s_noise": 1.01},
    "edm_euler, churn": {"solver": "edm_euler", "s_churn": 5.0},
    "flow_euler, stochastic": {"solver": "flow_euler", "options": {"stochastic_sampling": True}},
    "dpmpp_2m, karras": {"solver": "dpmpp_2m", "curve": "karras"},
    "dpmpp_2m, exact to the end": {"solver": "dpmpp_2m", "options": {"euler_at_final": True}},
    "heun, karras": {"solver": "heun", "curve": "karras"},
    "unipc, order 3": {"solver": "unipc", "options": {"solver_order": 3}},
    "deis, order 3": {"solver": "deis", "options": {"solver_order": 3}},
}
STEP_WIDGETS = ("eta", "s_churn", "s_noise")


def driven(name: str, steps: int = 6, seed: Any = 7) -> Document:
    """Text to image with one of `DRIVEN`; a UNet that predicts what the solver expects."""
    said = {"solver": name} | DRIVEN[name]
    document = text_to_image(DDIM, seed=seed)
    nodes = document["nodes"]
    nodes["solve"]["inputs"] |= {widget: said.pop(widget) for widget in STEP_WIDGETS if widget in said}
    nodes["schedule"]["inputs"] |= said | {"steps": steps}
    predicts = PREDICTS.get(SOLVERS[said["solver"]][0])
    if predicts is not None:
        nodes["unet"] = {"type": "unet.load@1", "inputs": {"unet": "sd/unet", "prediction": predicts}}
        for side in ("uncond", "cond"):
            nodes[side]["inputs"]["unet"] = link("unet")
    return document


def with_scale(document: Document, scale: Any) -> Document:
    """A document with another guidance scale, or a curve of it."""
    made = copy.deepcopy(document)
    made["nodes"]["cfg"]["inputs"]["scale"] = scale
    return made


def scale_until(k: int, count: int, before: float = 5.0, after: float = 2.0) -> Any:
    """A curve: one guidance scale before item `k` of `count`, another from there on."""
    if k == 0:
        return after
    return {"curve": [[0, before], [(k - 0.5) / count, after]], "ease": "step"}


def with_all_states(document: Document) -> Document:
    """A document that wants the state after each step, too."""
    made = copy.deepcopy(document)
    made["nodes"]["sample"]["collect"] = {"path": link("solve")}
    return made


def with_expert(document: Document, at: int, expert: str) -> Document:
    """A document that changes to another UNet at a step (eDiff-I: experts by noise level)."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    nodes["expert"] = {"type": "unet.load@1", "inputs": {"unet": expert}}
    nodes["late"] = {"type": "step.since@1", "in": "sample", "inputs": {"item": link("sample.item"), "index": at}}
    chosen = {"on": link("late"), "yes": link("expert"), "no": link("model.unet")}
    nodes["denoiser"] = {"type": "flow.switch@1", "in": "sample", "inputs": chosen}
    for side in ("uncond", "cond"):
        nodes[side]["inputs"]["unet"] = link("denoiser")
    return made


def sweep(document: Document, seeds: list[int]) -> Document:
    """A map frame over seeds around the whole sampling; all images as one batch in `images`."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    nodes["seeds"] = {"type": "list.ints@1", "inputs": {"values": seeds}}
    nodes["sweep"] = {
        "type": "flow.loop@1",
        "inputs": {"over": link("seeds")},
        "collect": {"images": link("image"), "states": link("sample.state")},
    }
    nodes["noise"]["inputs"]["seed"] = link("sweep.item")
    for name in ("noise", "sample", "image"):
        nodes[name]["in"] = "sweep"
    nodes["images"] = {"type": "image.stack@1", "inputs": {"images": link("sweep.images")}}
    return made


def with_choice(document: Document, on: bool) -> Document:
    """A document whose picture is that of `sample`, or that of a second, unlike sampling: a switch decides."""
    made = copy.deepcopy(document)
    nodes = made["nodes"]
    names = ("positive", "noise", "sample", "uncond", "cond", "cfg", "solve", "image")
    twins = copy.deepcopy({name: nodes[name] for name in names})
    for name, twin in twins.items():
        nodes[f"other_{name}"] = _renamed(twin, names)
    nodes["other_positive"] = text("model", "dog")
    nodes["other_noise"]["inputs"]["seed"] = 99
    nodes["chosen"] = {
        "type": "flow.switch@1",
        "inputs": {"on": on, "yes": link("other_image"), "no": link("image")},
    }
    return made


def _renamed(part: Any, names: tuple[str, ...]) -> Any:
    """A copy of a node with links (and the frame it is in) to the twins of `names`."""
    if isinstance(part, dict):
        made = {key: _renamed(value, names) for key, value in part.items()}
        if set(part) == {"from"}:
            node, dot, output = part["from"].partition(".")
            made["from"] = f"other_{node}{dot}{output}" if node in names else part["from"]
        if "in" in part:
            made["in"] = f"other_{part['in']}"
        return made
    return part


def with_save(document: Document) -> Document:
    """A document that saves its picture."""
    made = copy.deepcopy(document)
    made["nodes"]["save"] = {"type": "image.save@1", "inputs": {"image": link("image")}}
    return made


def with_random_starts(document: Document) -> Document:
    """A document whose noise comes from a subgraph with a random seed in it; a second use of it is saved as it is."""
    made = with_save(document)
    nodes = made["nodes"]
    noise = nodes.pop("noise")
    noise["inputs"] |= {"seed": "random"}
    sockets = {name: noise["inputs"].pop(name) for name in ("like", "schedule")}
    inputs = {name: {"to": f"noise.{name}"} for name in sockets}
    interface = {"inputs": inputs, "outputs": {"state": link("noise")}}
    made["subgraphs"] = {"start": {"nodes": {"noise": noise}, "interface": interface}}
    for name in ("first", "second"):
        nodes[name] = {"type": "start", "inputs": sockets}
    nodes["sample"]["carry"]["state"]["first"] = link("first.state")
    nodes["bare"] = {"type": "vae.decode@1", "inputs": {"vae": link("model.vae"), "latent": link("second.state")}}
    nodes["save_bare"] = {"type": "image.save@1", "inputs": {"image": link("bare")}}
    return made
