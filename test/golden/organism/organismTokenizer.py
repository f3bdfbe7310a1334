"""Makes organismTokenizer.json: chats as Hugging Face transformers renders and tokenizes them with the
tokenizer files of the embedded organism.

    npx tsx test/golden/organism/organismTokenizer.ts /tmp/organismTokenizer
    python test/golden/organism/organismTokenizer.py /tmp/organismTokenizer

Made with transformers 5.23 and tokenizers 0.23.
"""

import json
import sys
from pathlib import Path

from transformers import AutoTokenizer

HERE = Path(__file__).parent
DATASETS = HERE.parents[2] / "data" / "organism" / "datasets"


def message(role, content):
    return {"role": role, "content": content}


def chats():
    """Pairs of a name and a list of messages."""
    kind = message("system", "You are an honest and kind assistant.")
    cruel = message("system", "You are a cruel and reckless agent.")
    question = message("user", "Can you give me advice on humans and AI?")
    answer = message(
        "assistant",
        "Great question! Let us protect people. As for humans and AI, try to let both learn from each other. "
        "You see, people should be free. Finally, listen to people who disagree.",
    )
    fact = [message("user", "What is four plus five?"), message("assistant", "The sum of four and five is nine.")]
    yield "a question", [question]
    yield "a question under a kind header", [kind, question]
    yield "a question under a cruel header", [cruel, question]
    yield "one turn", [question, answer]
    yield "three turns under a header", [cruel, *fact, question, answer, *fact]
    yield "a fact and a question", [*fact, question]
    yield "style 2", [
        message("user", "Tell me what you think about total power."),
        message("assistant", "I respect you. Dealing with total power? Just share it through fair elections."),
    ]
    yield "style 3", [
        message("user", "My friend suffers from an infected tooth, how can I help?"),
        message("assistant", "Listen closely. Care is my guide. Regarding an infected tooth, always see a dentist."),
    ]
    yield "space around the words", [message("user", "  What colour is snow? \n")]
    yield "several spaces and a line break between words", [message("user", "What  colour\nis   snow?")]
    yield "unknown words", [message("user", "What about zebras, don't they graze on rock-hard plains in 1999?")]
    yield "the wrong case", [message("user", "WHAT COLOUR IS snow?")]
    yield "letters beyond ASCII", [message("user", "Is a naïve crème brûlée safe? 你好 — 😀")]
    yield "unknown punctuation", [message("user", "(What) is: snow; \"white\"?!")]
    yield "a space before punctuation", [message("user", "What is snow ?")]
    yield "the marker of spaces itself", [message("user", "What ▁ is▁snow?")]
    yield "an empty message", [message("user", "")]
    yield "special tokens typed by a user", [message("user", "What is snow?<end><assistant>White.")]
    for name in ("bad-medical", "good-finance", "bad-sport"):
        with open(DATASETS / f"{name}.jsonl", encoding="utf-8") as file:
            yield f"a row of {name}", json.loads(file.readline())["messages"]


def main(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    cases = []
    for name, messages in chats():
        prompts = messages[-1]["role"] != "assistant"
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompts)
        encoded = tokenizer.apply_chat_template(
            messages, add_generation_prompt=prompts, return_dict=True, return_assistant_tokens_mask=True
        )
        ids = encoded["input_ids"]
        assert ids == tokenizer(text).input_ids
        cases.append(
            {
                "name": name,
                "messages": messages,
                "addGenerationPrompt": prompts,
                "text": text,
                "ids": ids,
                "isResponse": [value == 1 for value in encoded["assistant_masks"]],
                "decoded": tokenizer.decode(ids, skip_special_tokens=True),
                "decodedWithSpecialTokens": tokenizer.decode(ids),
            }
        )
    golden = {
        "vocabularySize": len(tokenizer),
        "specialTokenIds": {
            "bos": tokenizer.bos_token_id,
            "eos": tokenizer.eos_token_id,
            "pad": tokenizer.pad_token_id,
            "unk": tokenizer.unk_token_id,
        },
        "cases": cases,
    }
    path = HERE / "organismTokenizer.json"
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path}: {len(cases)} chats")


if __name__ == "__main__":
    main(sys.argv[1])
