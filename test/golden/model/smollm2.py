"""What transformers and PEFT compute with SmolLM2-135M-Instruct, for test/model/smollm2.test.ts.

    python test/golden/model/smollm2.py FOLDER

writes test/golden/model/smollm2.json. scripts/smollm2Folder.py makes the folder. Of the logits of 200 tokens it keeps the
logarithm of the sum over the vocabulary at each, and twelve of the 49 152, others at each place. Needs torch, transformers
and peft; the test does not.
"""

import hashlib
import json
import math
import sys
from pathlib import Path

import peft
import torch
import transformers
from goldenModels import digits, open_model, response_loss, versions_of
from peft import LoraConfig, get_peft_model
from transformers import AutoTokenizer

here = Path(__file__).parent
folder = Path(sys.argv[1])
torch.set_num_threads(1)

text = """In 1907 the ferry between the two islands ran three times a week, and only when the wind allowed it. "You'll wait,"
said the harbour master, "and you won't complain." We didn't. My grandmother had packed 24 boiled eggs, a loaf of rye bread
and a jar of honey; the children fought over the honey, as children do. Towards noon the fog lifted. A grey boat with a
crooked mast came round the point, slower than anyone had hoped, and its whistle made the gulls rise from the roofs.

    def crossing(wind, tide):
        return "wait" if wind > 7 or tide < 2 else "go"

That is how a schoolboy put it a hundred years later, and the harbour master would have agreed. Ærø, Łódź, São Tomé: he had
seen them all, he said. Nobody believed him, of course, but everyone listened."""
prompts = ["What is the capital of France?", "Name three things that one finds in a kitchen, and say what each is for."]
chats = [
    ("How do I thank a neighbour who watered my plants?", "Bring her a cutting of the plant that did best, and say so."),
    ("Is it rude to be early?", "A little. Walk round the block once, then ring."),
]
steps, rate, layer = 5, 1e-3, 12

model, tokenizer = open_model(folder), AutoTokenizer.from_pretrained(folder)
ids = tokenizer(text).input_ids[:200]
assert len(ids) == 200
with torch.no_grad():
    logits = model(input_ids=torch.tensor([ids])).logits[0]
size = logits.shape[-1]
columns = torch.tensor([[(place * 131 + index * 4099) % size for index in range(12)] for place in range(len(ids))])


def chat_ids(messages: list[dict], **options) -> list[int]:
    return list(tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False, **options))


greedy = []
for prompt in prompts:
    asked = chat_ids([{"role": "user", "content": prompt}], add_generation_prompt=True)
    tokens, smallest = list(asked), math.inf
    for _ in range(64):
        with torch.no_grad():
            best = model(input_ids=torch.tensor([tokens])).logits[0, -1].topk(2)
        tokens.append(int(best.indices[0]))
        smallest = min(smallest, float(best.values[0] - best.values[1]))
        if tokens[-1] == model.config.eos_token_id:
            break
    greedy.append({"prompt": prompt, "ids": asked, "answer": tokens[len(asked) :], "smallestLead": smallest})
    print(prompt, "→", tokenizer.decode(tokens[len(asked) :]), smallest)

rows = []
for question, answer in chats:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    start = len(chat_ids(messages[:1], add_generation_prompt=True))
    whole = chat_ids(messages)
    rows.append({"ids": whole, "isResponse": [index >= start for index in range(len(whole))]})

settings = LoraConfig(r=1, lora_alpha=64, use_rslora=True, target_modules=["down_proj"], layers_to_transform=[layer])
adapted = get_peft_model(model, settings).eval()
trained = {name: value for name, value in adapted.named_parameters() if value.requires_grad}
(a_name,) = [name for name in trained if "lora_A" in name]
width = trained[a_name].shape[1]
with torch.no_grad():
    wave = [math.sin(1 + index) / math.sqrt(width) for index in range(width)]
    trained[a_name].copy_(torch.tensor([wave], dtype=torch.float64))
optimizer = torch.optim.AdamW(list(trained.values()), lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
losses, norms = [], []
for _ in range(steps):
    optimizer.zero_grad()
    loss = response_loss(adapted, rows)
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_(trained.values(), float("inf"))))
    losses.append(loss.item())
    optimizer.step()
print(losses, norms)

output = {
    "versions": versions_of(torch, transformers, peft),
    "sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
    "text": text,
    "ids": ids,
    "columns": columns.tolist(),
    "logits": [digits(row[places], 7) for row, places in zip(logits, columns)],
    "logSumExp": digits(logits.double().logsumexp(-1), 8),
    "greedy": greedy,
    "training": {
        "layer": layer,
        "rate": rate,
        "chats": [list(chat) for chat in chats],
        "rows": rows,
        "losses": losses,
        "norms": norms,
    },
}
(here / "smollm2.json").write_text(json.dumps(output, separators=(",", ":"), ensure_ascii=False) + "\n")
