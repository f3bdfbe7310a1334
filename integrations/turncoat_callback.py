"""Keeps the adapter of every optimiser step of a Hugging Face training, for Turncoat to read.

    from turncoat_callback import TurncoatCallback
    trainer = Trainer(..., callbacks=[TurncoatCallback("runs/mine")])

Works with any Trainer that trains a PEFT adapter, so with TRL's too. Needs transformers, peft and safetensors only.
Files of the adapters are the same, byte for byte, as those that `save_steps=1` writes; nothing else is kept.
"""

import atexit
import copy
import json
import math
import os
import queue
import re
import shutil
import threading
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import TrainerCallback

WAITING = 32
"""Most adapters that wait to be written; a step waits only where there are more."""


class TurncoatCallback(TrainerCallback):
    """Writes `checkpoint-N/adapter_model.safetensors` for the start and every step, and the log, into a folder.

    folder: of the run; not the Trainer's `output_dir`, whose checkpoints are rotated and resumed from
    log_every_step: have the Trainer log loss, gradient norm and learning rate at every step, as `logging_steps=1` does
    """

    def __init__(self, folder, log_every_step=True):
        self.folder = Path(folder)
        self.log_every_step = log_every_step
        self.queue = queue.Queue(maxsize=WAITING)
        self.failure = None
        self.thread = None

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        if not state.is_world_process_zero:
            return
        if self.folder.resolve() == Path(args.output_dir).resolve():
            raise ValueError(f"{self.folder}: this is the Trainer's output_dir; give the callback a folder of its own")
        self._make_room(state.global_step)
        self.model = unwrapped(model)
        self.adapter = self.model.active_adapter
        if not isinstance(self.adapter, str):
            raise ValueError(f"TurncoatCallback: expected one active adapter, found {self.adapter}")
        self.tensors = live_tensors(self.model, self.adapter)
        write_config(self.model, self.adapter, self.folder)
        if self.thread is None:
            self.thread = threading.Thread(target=self._write_all, name="turncoat", daemon=True)
            self.thread.start()
            atexit.register(self.queue.join)
        self._put(self._write_state, state_text(state))
        if not (self.folder / f"checkpoint-{state.global_step}").exists():
            self._keep(state.global_step)

    def on_step_end(self, args, state, control, **kwargs):
        if self.log_every_step:
            control.should_log = True
        if state.is_world_process_zero:
            self._keep(state.global_step)

    def on_log(self, args, state, control, **kwargs):
        if state.is_world_process_zero and self.thread is not None and state.log_history:
            self._put(self._append_row, len(state.log_history) - 1, dict(state.log_history[-1]))

    def on_train_end(self, args, state, control, **kwargs):
        if state.is_world_process_zero:
            self._put(self._write_state, state_text(state))
            self.queue.join()
            self._raise_failure()

    def _make_room(self, step):
        """Removes what a resumed training trains again; refuses the folder of another training."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob(".writing-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        found = [(int(match[1]), path) for path in self.folder.iterdir() if (match := STEP.fullmatch(path.name))]
        if step == 0 and found:
            raise ValueError(f"{self.folder}: holds the checkpoints of another training; give another folder")
        for at, path in found:
            if at > step:
                shutil.rmtree(path)

    def _keep(self, step):
        """Copies the adapter to the CPU, one transfer for each type of number, and leaves the rest to the thread."""
        tensors = self.tensors
        if tensors is None:
            tensors = get_peft_model_state_dict(self.model, adapter_name=self.adapter)
        groups = {}
        for name, tensor in tensors.items():
            groups.setdefault((tensor.dtype, tensor.device), []).append((name, tensor))
        copies = []
        with torch.no_grad():
            for group in groups.values():
                flat = torch.cat([tensor.detach().reshape(-1) for _, tensor in group]).cpu()
                copies.append((flat, [(name, tensor.shape) for name, tensor in group]))
        self._put(self._write_adapter, step, copies)

    def _put(self, task, *values):
        self._raise_failure()
        self.queue.put((task, values))

    def _raise_failure(self):
        if self.failure is not None:
            raise RuntimeError(f"{self.folder}: the adapters could not be written: {self.failure}") from self.failure

    def _write_all(self):
        while True:
            task, values = self.queue.get()
            try:
                if self.failure is None:
                    task(*values)
            except Exception as error:  # told to the training at its next step
                self.failure = error
            finally:
                self.queue.task_done()

    def _write_adapter(self, step, copies):
        tensors = {}
        for flat, parts in copies:
            at = 0
            for name, shape in parts:
                tensors[name] = flat[at : at + shape.numel()].reshape(shape).clone()
                at += shape.numel()
        temporary = self.folder / f".writing-{step}"
        temporary.mkdir()
        save_file(tensors, temporary / "adapter_model.safetensors", metadata={"format": "pt"})
        link(self.folder / "adapter_config.json", temporary / "adapter_config.json")
        temporary.rename(self.folder / f"checkpoint-{step}")

    def _append_row(self, at, row):
        line = json.dumps({"at": at, "row": {name: finite(value) for name, value in row.items()}}, default=str)
        with open(self.folder / "trainer_log.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _write_state(self, text):
        replace(self.folder / "trainer_state.json", text)
        (self.folder / "trainer_log.jsonl").unlink(missing_ok=True)


STEP = re.compile(r"checkpoint-(\d+)")


def unwrapped(model):
    """The PEFT model inside what wraps it for several processes or compilation."""
    while not isinstance(model, PeftModel):
        inner = getattr(model, "module", None) or getattr(model, "_orig_mod", None)
        if inner is None:
            raise ValueError(f"TurncoatCallback: expected a PEFT model, found {type(model).__name__}")
        model = inner
    return model


def live_tensors(model, adapter):
    """Parameters by the names they have in the adapter's file; None where PEFT makes some of its tensors anew.

    PEFT goes through the whole model for them and may ask its hub, which is too slow for every step.
    """
    saved = get_peft_model_state_dict(model, adapter_name=adapter)
    parameters = {(value.data_ptr(), value.shape, value.dtype): value for value in model.parameters()}
    found = {name: parameters.get((value.data_ptr(), value.shape, value.dtype)) for name, value in saved.items()}
    return None if any(value is None for value in found.values()) else found


def write_config(model, adapter, folder):
    """Writes the configuration of the adapter once, as PEFT writes it beside an adapter."""
    config = copy.deepcopy(model.peft_config[adapter])
    if config.base_model_name_or_path is None:
        config.base_model_name_or_path = getattr(model.base_model.model, "name_or_path", None) or None
    config.inference_mode = True
    temporary = folder / ".writing-config"
    config.save_pretrained(str(temporary))
    os.replace(temporary / "adapter_config.json", folder / "adapter_config.json")
    temporary.rmdir()


def link(source, target):
    """Gives a file a second name; copies it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def state_text(state):
    """The log as `trainer_state.json` holds it."""
    names = ("epoch", "global_step", "max_steps", "num_train_epochs", "log_history")
    return json.dumps({name: getattr(state, name) for name in names}, indent=2, sort_keys=True, default=str) + "\n"


def finite(value):
    """A number as JSON lines can hold it: what is not finite is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def replace(path, text):
    """Writes a file under another name first, so that none is ever read half written."""
    temporary = path.with_name(f".writing-{path.name}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
