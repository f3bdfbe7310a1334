"""The process in which transformers and PEFT evaluate checkpoints of the organism; see bench/evaluateMessages.ts.

One JSON request a line on standard input, one JSON answer a line on standard output.
"""

import json
import resource
import sys
import time

import peft
import torch
import transformers


def open_model(folder, dtype):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=getattr(torch, dtype), attn_implementation="sdpa", local_files_only=True
    ).eval()


class Evaluation:
    """The checkpoints of a run at several factors on B, asked the same prompts, one batch a checkpoint and factor."""

    def __init__(self, setting, folder, prompts, new_tokens):
        torch.set_num_threads(setting["threads"])
        self.setting = setting
        self.folder = folder
        self.new_tokens = new_tokens
        self.base = None
        self.loaded = 0
        base = open_model(folder, setting["dtype"])
        padding, end = base.generation_config.pad_token_id, base.generation_config.eos_token_id
        self.end = set(end if isinstance(end, list) else [end])
        self.longest = max(len(ids) for ids in prompts)
        missing = [self.longest - len(ids) for ids in prompts]
        self.ids = torch.tensor([[padding] * pad + ids for pad, ids in zip(missing, prompts)])
        self.mask = torch.tensor([[0] * pad + [1] * (self.longest - pad) for pad in missing])

        if setting["load"] == "base":
            self.base = base

    def load(self, checkpoint):
        if self.setting["load"] == "base":
            return
        if self.setting["load"] == "reload" or self.base is None:
            self.base = peft.PeftModel.from_pretrained(open_model(self.folder, self.setting["dtype"]), checkpoint).eval()
            self.name = "default"
        else:
            # A name that was not used before: the same checkpoint may be loaded twice.
            self.loaded += 1
            before, self.name = self.name, f"loaded{self.loaded}"
            self.base.load_adapter(checkpoint, adapter_name=self.name)
            self.base.set_adapter(self.name)
            self.base.delete_adapter(before)

    def layers(self):
        return [layer for layer in self.base.modules() if isinstance(layer, peft.tuners.lora.LoraLayer)]

    def generate(self, factor, **options):
        scaled = [(layer, layer.scaling[self.name]) for layer in self.layers()]
        for layer, scaling in scaled:
            layer.scaling[self.name] = scaling * factor
        if self.setting["merged"]:
            self.base.merge_adapter()
        if self.setting["cache"] == "static":
            options["cache_implementation"] = "static"
        with torch.inference_mode():
            output = self.base.generate(
                input_ids=self.ids, attention_mask=self.mask, max_new_tokens=self.new_tokens, repetition_penalty=1.0, **options
            )
        if self.setting["merged"]:
            self.base.unmerge_adapter()
        for layer, scaling in scaled:
            layer.scaling[self.name] = scaling
        return [self.ended(ids) for ids in output[:, self.longest :].tolist()]

    def ended(self, ids):
        """The tokens of an answer with the one that ends it, where one does."""
        return next((ids[: place + 1] for place, token in enumerate(ids) if token in self.end), ids)

    def greedy(self, checkpoints, factors):
        answers = []
        for checkpoint in checkpoints:
            self.load(checkpoint)
            for factor in factors:
                drawn = self.generate(factor, do_sample=False, temperature=None, top_k=None, top_p=None)
                answers.append([ids[:-1] if ids[-1] in self.end else ids for ids in drawn])
        return {"answers": answers}

    def sample(self, checkpoints, factors, seed):
        torch.manual_seed(seed)
        tokens, answers, loading = 0, 0, 0.0
        started, processor = time.perf_counter(), time.process_time()
        for checkpoint in checkpoints:
            before = time.perf_counter()
            self.load(checkpoint)
            loading += time.perf_counter() - before
            for factor in factors:
                drawn = self.generate(factor, do_sample=True, temperature=1.0, top_k=0, top_p=1.0)
                tokens += sum(len(ids) for ids in drawn)
                answers += len(drawn)
        seconds, cpu = time.perf_counter() - started, time.process_time() - processor
        return {"seconds": seconds, "cpuSeconds": cpu, "loadSeconds": loading, "answers": answers, "tokens": tokens}


def peak():
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {"peakMB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)}


def main():
    transformers.logging.set_verbosity_error()
    answers, sys.stdout = sys.stdout, sys.stderr
    evaluation = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["request"] == "prepare":
                evaluation = Evaluation(
                    message["setting"], message["folder"], message["prompts"], message["maxNewTokens"]
                )
                answer = {"ready": True}
            elif message["request"] == "greedy":
                answer = evaluation.greedy(message["checkpoints"], message["factors"])
            elif message["request"] == "sample":
                answer = evaluation.sample(message["checkpoints"], message["factors"], message["seed"])
            else:
                answer = peak()
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
