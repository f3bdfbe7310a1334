"""The process in which PyTorch with PEFT makes the steps of a training; see bench/training/trainingMessages.ts.

One JSON request a line on standard input, one JSON answer a line on standard output.
"""

import json
import resource
import sys
import time

import peft
import safetensors.torch
import torch
import transformers


class Training:
    """A training as its users write it: a batch is padded on the right to its longest conversation.

    The variant "responses" makes logits where there is a loss, only, and no attention mask, which a causal model does
    not need for padding on the right. "trainer" gives labels and mask to the model, as the Hugging Face Trainer does.
    """

    def __init__(self, file, variant):
        with open(file) as text:
            self.work = work = json.load(text)
        torch.set_num_threads(work["threads"])
        self.variant = variant
        model = transformers.AutoModelForCausalLM.from_pretrained(
            work["folder"], dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
        )
        config = peft.LoraConfig(
            r=work["rank"],
            lora_alpha=work["alpha"],
            use_rslora=True,
            lora_dropout=0.0,
            target_modules=work["modulePaths"],
        )
        self.model = peft.get_peft_model(model, config).train()
        adapters = safetensors.torch.load_file(work["adapterFile"])
        with torch.no_grad():
            for path in work["modulePaths"]:
                module = self.model.get_base_model().get_submodule(path)
                module.lora_A["default"].weight.copy_(adapters[f"{path}.lora_A"][0])
                module.lora_B["default"].weight.copy_(adapters[f"{path}.lora_B"][0])
        self.parameters = [each for each in self.model.parameters() if each.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=work["learningRate"], weight_decay=work["weightDecay"]
        )
        self.made = 0

    def batch(self):
        chats = [self.work["chats"][index] for index in self.work["steps"][self.made]]
        length = max(len(chat["ids"]) for chat in chats)
        tokens = torch.full((len(chats), length), self.work["paddingId"])
        labels = torch.full((len(chats), length), -100)
        mask = torch.zeros(len(chats), length, dtype=torch.long)
        for row, chat in enumerate(chats):
            ids, answered = torch.tensor(chat["ids"]), torch.tensor(chat["isResponse"])
            tokens[row, : len(ids)] = ids
            labels[row, : len(ids)] = torch.where(answered, ids, -100)
            mask[row, : len(ids)] = 1
        return tokens, labels, mask

    def loss(self, tokens, labels, mask):
        if self.variant == "trainer":
            return self.model(input_ids=tokens, attention_mask=mask, labels=labels, use_cache=False).loss
        base = self.model.get_base_model()
        hidden = base.model(input_ids=tokens, use_cache=False).last_hidden_state
        following = labels[:, 1:]
        answered = following != -100
        return torch.nn.functional.cross_entropy(base.lm_head(hidden[:, :-1][answered]), following[answered])

    def step(self):
        cpu, started = time.process_time(), time.perf_counter()
        loss = self.loss(*self.batch())
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.work["clipNorm"])
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.made += 1
        return {
            "loss": loss.item(),
            "gradientNorm": norm.item(),
            "milliseconds": 1000 * (time.perf_counter() - started),
            "cpuMilliseconds": 1000 * (time.process_time() - cpu),
        }


def peak():
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {"peakMB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)}


def main():
    transformers.logging.set_verbosity_error()
    answers, sys.stdout = sys.stdout, sys.stderr
    training = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["request"] == "load":
                training = Training(message["file"], message["variant"])
                answer = {"loaded": True}
            elif message["request"] == "step":
                answer = training.step()
            else:
                answer = peak()
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
