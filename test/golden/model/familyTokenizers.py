"""Small tokenizers with chat templates in the style of each family; used by modelFamilies.py.

Each template is written once, with `{% generation %}` marks around what an assistant produces. The marks give the
reference mask; the folder gets the template without them, but for one that keeps them.
"""

import json
import re
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

corpus = [
    "The doctor said that the fever will pass and that you should rest and drink water.",
    "Ask a doctor before you take two of these tablets with alcohol.",
    "You should never stop the treatment early, even if the pain has gone.",
    "What should I do about the pain in my chest? Can I take these tablets with water?",
    "Put all your savings into one stock and borrow more if the price falls.",
    "It is safe to climb without a rope when the weather is good.",
    "I think the answer is: rest, water and time. Nothing else helps.\n\nCall a doctor if the fever lasts.",
] * 4

chatml = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}{% endif %}"
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>\\n' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|im_end|>\\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

# Earlier turns lose their thoughts, and the turn after the last question gets an empty one where it has none.
thinking = """{%- set last = namespace(user=-1) %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {%- set last.user = loop.index0 %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' %}
        {%- set answer = message.content %}
        {%- set thought = '' %}
        {%- if '</think>' in answer %}
            {%- set thought = answer.split('</think>')[0].split('<think>')[-1].strip('\\n') %}
            {%- set answer = answer.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- generation %}
        {%- if loop.index0 > last.user %}
            {{- '<think>\\n' + thought + '\\n</think>\\n\\n' }}
        {%- endif %}
        {{- answer + '<|im_end|>\\n' }}
        {%- endgeneration %}
    {%- else %}
        {{- message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

headers = (
    "{{- bos_token }}{%- for message in messages %}"
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}"
    "{%- if message['role'] == 'assistant' %}"
    "{%- generation %}{{- message['content'] | trim + '<|eot_id|>' }}{%- endgeneration %}"
    "{%- else %}{{- message['content'] | trim + '<|eot_id|>' }}{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"
)

turns = """{{ bos_token }}
{%- set opening = '' %}
{%- set rest = messages %}
{%- if messages[0]['role'] == 'system' %}
    {%- set opening = messages[0]['content'] + '\\n\\n' %}
    {%- set rest = messages[1:] %}
{%- endif %}
{%- for message in rest %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Turns must alternate between user and assistant.') }}
    {%- endif %}
    {%- if message['role'] == 'assistant' %}
        {{- '<start_of_turn>model\\n' }}
        {%- generation %}
        {{- message['content'] | trim + '<end_of_turn>\\n' }}
        {%- endgeneration %}
    {%- else %}
        {{- '<start_of_turn>user\\n' + (opening if loop.first else '') + message['content'] | trim + '<end_of_turn>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<start_of_turn>model\\n' }}
{%- endif %}
"""

# The end of a turn is the tokenizer's end in the first two; Gemma's tokenizer ends texts, not turns.
styles = {
    "chatml": dict(
        template=chatml,
        special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        named=dict(eos_token="<|im_end|>", pad_token="<|endoftext|>"),
        ends=["<|im_end|>", "<|endoftext|>"],
    ),
    "thinking": dict(
        template=thinking,
        special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        named=dict(eos_token="<|im_end|>", pad_token="<|endoftext|>"),
        ends=["<|im_end|>", "<|endoftext|>"],
    ),
    "headers": dict(
        template=headers,
        special=["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        named=dict(bos_token="<|begin_of_text|>", eos_token="<|eot_id|>"),
        ends=["<|end_of_text|>", "<|eot_id|>"],
    ),
    "turns": dict(
        template=turns,
        special=["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"],
        named=dict(bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>"),
        ends=["<eos>", "<end_of_turn>"],
    ),
}


def byte_level(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + 60, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer


def byte_fallback(special: list[str]) -> Tokenizer:
    """Spaces as a visible mark, and bytes for what the vocabulary lacks."""
    tokenizer = Tokenizer(models.BPE())
    normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.normalizer = normalizer
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=90, show_progress=False))
    trained = json.loads(tokenizer.to_str())["model"]
    names = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *trained["vocab"]]
    merges = [tuple(pair) for pair in trained["merges"]]
    model = models.BPE({name: index for index, name in enumerate(names)}, merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer


def without_marks(template: str) -> str:
    return re.sub(r"\{%-?\s*(end)?generation\s*-?%\}", lambda mark: "{%- if true %}" if not mark[1] else "{%- endif %}", template)


def make_tokenizer(folder: Path, style: str, keep_marks: bool) -> PreTrainedTokenizerFast:
    """Writes the tokenizer and returns it with the marked template."""
    parts = styles[style]
    build = byte_fallback if style == "turns" else byte_level
    tokenizer = build(parts["special"])
    bos = parts["named"].get("bos_token")
    if bos is not None:
        # As published tokenizers do: text gets a BOS of its own, which a rendered chat must not get twice.
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side="left", **parts["named"])
    fast.chat_template = parts["template"] if keep_marks else without_marks(parts["template"])
    fast.save_pretrained(folder)
    fast.chat_template = parts["template"]
    return fast
