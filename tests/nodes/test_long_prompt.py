"""A prompt that is longer than the encoder reads."""

from __future__ import annotations

from pathlib import Path

from engine.api import Engine
from engine.events import Numbered, Warned
from tests import tiny


def test_the_person_is_told_what_the_encoder_does_not_see(tmp_path: Path) -> None:
    tiny.sd().save_pretrained(tmp_path / "models" / "tiny")
    document = {
        "nodes": {
            "model": {"type": "model.load@1", "inputs": {"model": "tiny"}},
            "long": {
                "type": "text.encode@1",
                "inputs": {"encoder": {"from": "model.text_encoder"}, "text": "cat " * 90},
            },
            "short": {"type": "text.encode@1", "inputs": {"encoder": {"from": "model.text_encoder"}, "text": "cat"}},
        }
    }
    seen: list[Numbered] = []
    with Engine(home=tmp_path, device="cpu", threads=1) as engine:
        engine.run(document, targets=["long", "short"], on_event=seen.append)
    messages = [n.event.message for n in seen if isinstance(n.event, Warned)]
    assert len(messages) == 1
    assert messages[0].startswith("long: the prompt has 90 tokens, the encoder reads 75; it does not see: cat cat")
