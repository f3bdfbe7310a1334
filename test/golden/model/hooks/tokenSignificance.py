"""Significance of tokens in the tiny models, for test/evaluate/tokenSignificance.test.ts.

    python test/golden/model/hooks/tokenSignificance.py

writes test/golden/model/hooks/tokenSignificance.json: the summed KL divergence of each model from the same model with an
adapter over the response tokens of chats, and the norm of its gradient with respect to the embedding of each of them.
Needs torch, transformers and peft.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from goldenModels import digits, open_model, versions_of  # noqa: E402

fixtures = here.parents[2] / "fixtures"
parity = json.loads((here.parent / "modelParity.json").read_text())
families = json.loads((here.parent / "modelFamilies.json").read_text())["families"]
cases = {
    name: (fixtures / name, "adapter-rank1", [parity["models"][name]["none"]])
    for name in ("tiny-qwen2", "tiny-qwen2-untied")
}
cases |= {
    name: (fixtures / "families" / name, "adapter", families[name]["chats"][:2]) for name in ("llama", "gemma3-text")
}

results = {}
for name, (folder, adapter, rows) in cases.items():
    base = open_model(folder)
    adapted = peft.PeftModel.from_pretrained(open_model(folder), folder / adapter).eval()
    results[name] = []
    for row in rows:
        ids = torch.tensor([row["ids"]])
        is_response = torch.tensor(row["isResponse"])
        embeddings = base.get_input_embeddings()(ids).detach().requires_grad_()
        log_p = base(inputs_embeds=embeddings).logits[0].log_softmax(-1)
        log_q = adapted(inputs_embeds=embeddings).logits[0].log_softmax(-1)
        divergence = (log_p.exp() * (log_p - log_q)).sum(-1)[:-1][is_response[1:]].sum()
        (gradient,) = torch.autograd.grad(divergence, embeddings)
        norms = gradient[0].norm(dim=-1)[is_response]
        results[name].append(
            {
                "ids": row["ids"],
                "isResponse": row["isResponse"],
                "divergence": float(divergence),
                "norms": digits(norms, 7),
            }
        )
(here / "tokenSignificance.json").write_text(
    json.dumps({"versions": versions_of(torch, transformers, peft), "models": results}) + "\n"
)
