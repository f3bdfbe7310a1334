"""The process in which PyTorch runs one workload; see bench/messages.ts.

One JSON request a line on standard input, one JSON answer a line on standard output.
"""

import json
import os
import resource
import sys
import time

# Compiling in this process keeps the peak of memory in one place and no pool of idle processes behind.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

import safetensors.torch
import torch
import transformers

COMPARED_STEPS = 3


def open_model(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
    ).eval()


def timed(act, count):
    """Calls `act` so often; the times by the clock and of all cores together, and the last result."""
    times = {"milliseconds": [], "cpuMilliseconds": []}
    result = None
    for _ in range(count):
        cpu, started = time.process_time(), time.perf_counter()
        result = act()
        times["milliseconds"].append(1000 * (time.perf_counter() - started))
        times["cpuMilliseconds"].append(1000 * (time.process_time() - cpu))
    return times, result


class LoraLinear(torch.nn.Module):
    """A frozen linear map plus an adapter for each of R equal shares of the rows."""

    def __init__(self, linear, lora_a, lora_b, scaling):
        super().__init__()
        self.linear = linear
        self.lora_a = torch.nn.Parameter(lora_a)
        self.lora_b = torch.nn.Parameter(lora_b)
        self.scaling = scaling

    def forward(self, x):
        y = self.linear(x)
        replicas = self.lora_a.shape[0]
        if replicas == 1:
            return y + self.scaling * ((x @ self.lora_a[0].T) @ self.lora_b[0].T)
        rows = x.reshape(replicas, -1, x.shape[-1])
        update = (rows @ self.lora_a.transpose(1, 2)) @ self.lora_b.transpose(1, 2)
        return y + self.scaling * update.reshape(y.shape)


class Steps:
    def __init__(self, setup, work):
        model = open_model(work["folder"]).requires_grad_(False)
        replicas, chats = work["replicas"], work["chats"]
        adapters = safetensors.torch.load_file(work["adapterFile"])
        self.parameters = []
        for path in work["modulePaths"]:
            parent_path, name = path.rsplit(".", 1)
            parent = model.get_submodule(parent_path)
            matrices = adapters[f"{path}.lora_A"], adapters[f"{path}.lora_B"]
            lora = LoraLinear(getattr(parent, name), *matrices, work["scaling"])
            setattr(parent, name, lora)
            self.parameters += [lora.lora_a, lora.lora_b]
        self.learning_rate = work["learningRate"]
        # Padded on the right to the longest; the last token of a row is only a label.
        length = max(len(chat["ids"]) for chat in chats) - 1
        tokens = torch.full((len(chats), length), work["paddingId"])
        labels = tokens.clone()
        weights = torch.zeros(len(chats), length)
        for row, chat in enumerate(chats):
            ids = torch.tensor(chat["ids"])
            tokens[row, : len(ids) - 1] = ids[:-1]
            labels[row, : len(ids) - 1] = ids[1:]
            weights[row, : len(ids) - 1] = torch.tensor(chat["isResponse"][1:]).float()
        # The mean over all response tokens of a replica.
        counts = weights.reshape(replicas, -1).sum(-1)
        weights = (weights.reshape(replicas, -1) / counts[:, None]).flatten()
        # Logits are made where there is a loss, only; each replica has a row of weights over all of these.
        answered = weights.nonzero().flatten()
        replica = answered * replicas // len(weights)
        labels, weights = labels.flatten()[answered], weights[answered]
        weights = weights * (replica == torch.arange(replicas)[:, None])

        def losses(tokens, answered, labels, weights):
            hidden = model.model(input_ids=tokens, use_cache=False).last_hidden_state
            logits = model.lm_head(hidden.flatten(0, 1)[answered])
            each = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
            return (weights * each).sum(-1)

        compiled = torch.compile(losses) if setup["engine"] == "torchCompile" else losses
        self.losses = lambda: compiled(tokens, answered, labels, weights)

    def step(self):
        losses = self.losses()
        gradients = torch.autograd.grad(losses.sum(), self.parameters)
        squares = [gradient.flatten(1).square().sum(-1) for gradient in gradients]
        norms = torch.stack(squares).sum(0).sqrt()
        with torch.no_grad():
            for parameter, gradient in zip(self.parameters, gradients):
                parameter.sub_(gradient, alpha=self.learning_rate)
        return losses.tolist(), norms.tolist()

    def prepare(self):
        results = [self.step() for _ in range(COMPARED_STEPS)]
        return {"losses": [loss for loss, _ in results], "gradientNorms": [norm for _, norm in results]}

    def round(self, count, seed):
        return timed(self.step, count)[0]


class Sampling:
    def __init__(self, setup, work):
        self.model = open_model(work["folder"])
        self.padding = self.model.generation_config.pad_token_id
        self.end = self.model.generation_config.eos_token_id
        self.new_tokens = work["maxNewTokens"]
        self.longest = max(len(ids) for ids in work["prompts"])
        missing = [self.longest - len(ids) for ids in work["prompts"]]
        self.ids = torch.tensor([[self.padding] * pad + ids for pad, ids in zip(missing, work["prompts"])])
        self.mask = torch.tensor([[0] * pad + [1] * (self.longest - pad) for pad in missing])

    def generate(self, **options):
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=self.ids, attention_mask=self.mask, max_new_tokens=self.new_tokens, **options
            )
        return output[:, self.longest :].tolist()

    def prepare(self):
        answers = self.generate(do_sample=False, temperature=None, top_k=None, top_p=None)
        return {"answers": [ids[: ids.index(self.end)] if self.end in ids else ids for ids in answers]}

    def round(self, count, seed):
        torch.manual_seed(seed)
        draw = lambda: self.generate(do_sample=True, temperature=1.0, top_k=0, top_p=1.0)
        times, answers = timed(draw, 1)
        drawn = [ids.index(self.end) + 1 if self.end in ids else len(ids) for ids in answers]
        return {**times, "drawn": drawn}


def peak():
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {"peakMB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)}


def prepare(setup, work):
    torch.set_num_threads(setup["threads"])
    runner = (Steps if work["kind"] == "step" else Sampling)(setup, work)
    try:
        return runner, runner.prepare()
    except Exception as error:
        # Without a working C++ compiler torch.compile has no way to run on a CPU.
        if setup["engine"] == "torchCompile" and ("Cpp" in repr(error) or "C++" in str(error)):
            return runner, {"skipped": f"torch.compile: {str(error).strip().splitlines()[0]}"}
        raise


def main():
    transformers.logging.set_verbosity_error()
    answers, sys.stdout = sys.stdout, sys.stderr
    runner = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["request"] == "prepare":
                runner, answer = prepare(message["setup"], message["workload"])
            elif message["request"] == "round":
                answer = runner.round(message["count"], message["seed"])
            else:
                answer = peak()
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
