"""LoRA: small low-rank changes to the weights of a model (Hu et al. 2021).

    W' = W + strength · (alpha / r) · B A        A: [r, in], B: [out, r]

A file holds pairs of A and B for many matrices and convolutions of a UNet and of its text encoders. `lora.apply` looks
at the headers of the file and of the model only; weights are merged when a patched handle is opened, in a copy that is
its own.

    values  what a handle carries of a LoRA
    names   what LoRA files call the modules of a model
    pairs   which tensors of a file change which module, checked against the model's shapes
    stated  what a file says beside its tensors
    merge   the change itself
    apply   the node
"""
