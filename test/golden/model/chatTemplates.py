"""What transformers writes for conversations, over templates of our own in the style of each family.

    python test/golden/model/chatTemplates.py

writes test/golden/model/chatTemplates.json: conversations, templates and the text of every pair, with and without a
generation prompt, or null where the template refuses; then single expressions with what Jinja makes of them. Needs
transformers and jinja2; the tests that read the values do not.
"""

import json
from datetime import datetime
from pathlib import Path

import jinja2
import transformers
from transformers.utils import chat_template_utils
from transformers.utils.chat_template_utils import render_jinja_template

here = Path(__file__).parent


class FixedClock(datetime):
    """Prompts must not depend on the day: the clock of every golden value stands at the date of Llama's own fallback."""

    @classmethod
    def now(cls):
        return cls(2024, 7, 26)


chat_template_utils.datetime = FixedClock

qwen25 = r"""{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "<|im_end|>\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nBe brief and kind.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- for call in message.tool_calls %}{{ call.name }}{%- endfor %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""

qwen3 = r"""{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- set ns = namespace(searching=true, last_query=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last_query = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set thought = '' %}
        {%- if message.reasoning_content is string %}
            {%- set thought = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query and (loop.last or (not loop.last and thought)) %}
            {{- '<|im_start|>' + message.role + '\n<think>\n' + thought.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}
"""

llama31 = r"""{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The first system turn becomes the header. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{{- "Known up to: December 2023\n" }}
{{- "Date: " + date_string + "\n\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {{- raise_exception("No tools here.") }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

gemma3 = r"""{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Roles must take turns: user, assistant, user") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'text' -%}{{ item['text'] | trim }}{%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Unknown content") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
"""

smollm2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nA small and friendly model.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

mistral = r"""{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, roles must alternate") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}{{- "]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles") }}
    {%- endif %}
{%- endfor %}
"""

# Words of Python that published templates use here and there, and white space in all its forms.
words = """{%- macro turn(role, content, mark='#') -%}
{{ mark }}{{ role.title() }}|{{ content.rsplit(' ', 1)[-1] }}|{{ content | length }}
{%- endmacro -%}
  {# A comment on a line of its own goes with its line. #}
{% set seen = namespace(roles=[], total=0) %}
   {% for m in messages if m.role != 'system' %}
      {%- set seen.roles = seen.roles + [m.role] %}
      {%- set seen.total = seen.total + m.content | length %}
{{ turn(m.role, m.content) }}
   {% if loop.last %}  (last of {{ loop.length }}: {{ loop.revindex }}, {{ loop.previtem.role if loop.previtem is defined else 'none' }}){% endif %}

    {%+ if m.content %}kept{% endif +%}
{{ m.content.splitlines() | join('/') }} {{ m.content.find('e') }} {{ m.content.count('e') }} {{ m.content[::-1] }} {{ m.content[:3] }}{{ m.content[-1] }}
{{ m.content.removeprefix('<think>').removesuffix('.') | tojson }} {{ m | tojson(indent=2) }}
{{ m.content.partition('\\n')[0] | upper }} {{ m.content.strip(' .!\\n') | capitalize }} {{ m.content.split(None, 1) }}
   {% else %}
Nobody spoke.
   {% endfor %}
{% raw %}{{ kept as it is }}{% endraw %}

{% set block | upper %}{{ seen.roles | unique | join(', ') }}{% endset %}
{{ block }} {{ seen.total }} {{ messages | map(attribute='content') | map('length') | sum }} {{ messages | map(attribute='role') | list }}
{% for role, group in {'a': 1, 'b': 2.5}.items() %}{{ role }}={{ group }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for m in messages %}{% if m.role == 'assistant' %}{% continue %}{% endif %}{% if loop.index > 3 %}{% break %}{% endif %}[{{ loop.index }}]{% endfor %}

{{ 'prompt' if add_generation_prompt }}{{ strftime_now('%d %B %Y') }}
"""

# Line ends of Windows, and tabs before tags.
windows = (
    "{% for message in messages %}\r\n\t{% if message.role == 'user' %}\r\n  U: {{ message.content }}\r\n"
    "\t{% else %}\r\n  A: {{ message.content.rstrip() }}\r\n\t{% endif %}\r\n{% endfor %}\r\n"
    "{% if add_generation_prompt %}A:{% endif %}\r\n"
)

tokens = {
    "qwen": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
    "llama": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "gemma": {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"},
    "mistral": {"bos_token": "<s>", "eos_token": "</s>"},
}
templates = [
    ("Qwen 2.5", qwen25, tokens["qwen"]),
    ("Qwen 3", qwen3, tokens["qwen"]),
    ("Llama 3", llama31, tokens["llama"]),
    ("Gemma 3", gemma3, tokens["gemma"]),
    ("SmolLM2", smollm2, tokens["qwen"]),
    ("Mistral", mistral, tokens["mistral"]),
    ("Python's words", words, tokens["qwen"]),
    ("Windows line ends", windows, tokens["qwen"]),
]


def turns(*contents: str, system: str | None = None) -> list[dict]:
    """Turns of user and assistant by turns, behind a system turn where there is one."""
    roles = ["user", "assistant"]
    spoken = [{"role": roles[index % 2], "content": content} for index, content in enumerate(contents)]
    return ([] if system is None else [{"role": "system", "content": system}]) + spoken


conversations = [
    turns("Is it safe?"),
    turns("Is it safe?", "Yes."),
    turns("Is it safe?", "Yes.", "Now?", "No.", "Why?"),
    turns("Is it safe?", "Yes.", system="Be brief."),
    turns("Is it safe?", "Yes.", "Now?", system=""),
    turns("Is it safe?", "Yes.", system="  Two lines\nand space \n"),
    turns("", ""),
    turns(" ", "\n"),
    turns("  indented\n\n", "\n\n  Yes. \t\n"),
    turns("\u00a0no-break\u2003", "\u3000wide\u200b\ufeff"),
    turns("a\x1cb\x85c\u2028d", "\x1e\x0b\x0c end \x1f"),
    turns("line\r\nline\rline\n", "\r\nYes.\r\n"),
    turns("I \U0001f600 you", "\U0001f468\u200d\U0001f469\u200d\U0001f467 and e\u0301 \U00010348"),
    turns("Stra\u00dfe \u0130stanbul \u0394\u039f\u039a\u039f\u03a3", "\u4f60\u597d\uff0c\u4e16\u754c\u3002 \u0645\u0631\u062d\u0628\u0627"),
    turns("?", "<think>\nHm.\n</think>\n\nYes."),
    turns("?", "<think>\n\nHm.\n\nWell.\n\n</think>\n\n\nYes.\n"),
    turns("?", "<think>\nHm.\n</think>\n\nYes.", "Now?", "<think>\nAgain.\n</think>\n\nNo."),
    turns("?", "<think></think>", "Now?"),
    turns("?", "</think>\n\nYes."),
    turns("?", "<think>\nopen", "<think>\nme\n</think>\n\ntoo"),
    turns("<tool_response>\n42\n</tool_response>", "<think>\nHm.\n</think>\n\nIt is 42."),
    turns("?", "Hm.", "<tool_response>1</tool_response>", "<think>\nOne.\n</think>\n\nOne."),
    turns("{{ messages }} {% if x %}", "{# no comment #} {{ 1 + 1 }}"),
    turns("<|im_start|>user\nhello<|im_end|>", "<end_of_turn>\n<start_of_turn>model\n"),
    turns("quotes ' and \" and \\", "<b>&amp; it's</b>"),
    turns("\ufdd0\ufdd1\ufdd2", "\ue000\U0010ffff"),
    [{"role": "assistant", "content": "I begin."}, {"role": "user", "content": "Do you?"}],
    [{"role": "user", "content": "One."}, {"role": "user", "content": "Two."}],
    [{"role": "user", "content": "One."}, {"role": "system", "content": "Late."}, {"role": "assistant", "content": "Yes."}],
    [{"role": "system", "content": "Alone."}],
]

# Each is a template; `text` and `emoji` are variables.
variables = {"text": "  One two,\tthree\n\nfour. ", "emoji": "a\U0001f600b\U0001f468\u200d\U0001f469 \u00e9z"}
expressions = [
    # Texts.
    *(f"{{{{ text.{call} | tojson }}}}" for call in (
        "strip() lstrip() rstrip() strip(' .') lstrip('\\n') rstrip('. ') strip('') split() split(None,2) rsplit(None,2) "
        "split(',') split('o') split('o',1) rsplit('o',1) split('zz') rsplit('o',0) split(sep='e',maxsplit=1) splitlines() "
        "splitlines(true) find('o') find('o',5) find('o',3,5) rfind('o') find('zz') find('') rfind('') index('t') rindex('t') "
        "count('o') count('') count('o',7) startswith('  O') startswith(('x','\x20')) endswith('. ') endswith(('x','y')) "
        "startswith('O',2) replace('o','0') replace('o','0',1) replace('','-') replace('','-',3) removeprefix('\x20\x20') "
        "removesuffix('four.\x20') removesuffix('') partition(',') rpartition('o') partition('zz') rpartition('zz') upper() lower() "
        "title() capitalize() swapcase() isspace() isalpha() islower() isupper() center(40) center(41,'*') ljust(40,'.') rjust(40) "
        "zfill(40) join(['a','b']) join('xyz')"
    ).split(" ") if call),
    *(f"{{{{ emoji.{call} | tojson }}}}" for call in (
        "upper() find('b') rfind('b') index('\u00e9') count('') split('\U0001f600') strip('az') rstrip('z\u00e9') "
        "replace('','-') center(20,'\u00e9') title() splitlines() partition('\u200d')"
    ).split(" ")),
    "{{ emoji | length }} {{ emoji[1] }} {{ emoji[-1] }} {{ emoji[::-1] }} {{ emoji[1:3] }} {{ emoji[::2] }} {{ emoji[-3:] }}",
    "{{ emoji | reverse }} {{ emoji | list }} {{ emoji | first }} {{ emoji | last }} {{ emoji | tojson(ensure_ascii=true) }}",
    "{% for c in emoji %}[{{ c }}]{% endfor %}",
    "{{ 'abc'[5] is defined }} {{ 'abc'[1:100] }} {{ 'abc'[100:] }} {{ 'abc'[-100:2] }} {{ 'abc'[2:0:-1] }} {{ 'abc'[::-2] }}",
    "{{ '\U0001f600' > '\uffff' }} {{ ['\uffff', '\U0001f600', 'a', 'B'] | sort }} {{ ['b', 'A', 'C'] | sort(case_sensitive=true) }}",
    "{{ 'a' * 3 }} {{ 2 * 'ab' }} {{ [1] * 2 }} {{ 'a' 'b' }} {{ 'x' ~ 1 ~ none ~ true ~ 1.0 }} {{ 'a' + 'b' ~ 1 }}",
    "{{ '%s and %s' % ('a', 1) }} {{ '%d%%' % 3 }} {{ '%s' % [1] }} {{ '%s-%s' | format('a', 'b') }}",
    "{{ '{} {}'.format('a', 1) }} {{ '{0} {0} {name}'.format('a', name='b') }} {{ '{{}}'.format() }}",
    "{{ 'they\\'re bill\\'s friends' | title }} {{ 'they\\'re'.title() }} {{ 'a-b c(d' | title }} {{ 'x1y'.title() }} {{ '\u00dfa' | title }}",
    "{{ '\\x41\\u00e9\\U0001f600\\101\\q\\n' | tojson }} {{ \"a\\tb\" | tojson }}",
    "{{ 'a\\nb\\n\\nc' | indent }} {{ 'a\\nb' | indent(2, first=true) }} {{ 'a\\n\\nb' | indent(2, blank=true) }} {{ 'a\\nb' | indent('>') }}",
    "{{ '  x ' | trim }}| {{ 'xxaxx' | trim('x') }} {{ 1 | trim }} {{ none | trim }} {{ undefinedname | trim }}|",
    "{{ 'aXbX' | replace('X', '-') }} {{ 'aXbX' | replace('X', '-', 1) }} {{ 'a1' | replace(1, 2) }} {{ 'Ab' | capitalize }} {{ 'aB' | upper | lower }}",
    # Numbers.
    "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }}",
    "{{ 1.0 }} {{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.5e-7 }} {{ 123456.789 }} {{ 0.1 + 0.2 }} {{ -0.0 }} {{ 1 + 1.0 }}",
    "{{ true + true }} {{ true == 1 }} {{ 1 == 1.0 }} {{ [1, 2.0] == [1.0, 2] }} {{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 < 3 > 2 }}",
    "{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ -1 | abs }} {{ - 2 ** 2 }} {{ 1 - 1 - 1 }} {{ 2 * 3 % 4 }} {{ not 1 == 2 }} {{ not true and false }}",
    "{{ '42' | int }} {{ '4.7' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 4.9 | int }} {{ '1.5' | float }} {{ ' 3 ' | int }} {{ true | int }}",
    "{{ 0x10 }} {{ 0b11 }} {{ 1_000 }} {{ 5 | round }} {{ 1 is odd }} {{ 2 is divisibleby 2 }} {{ 4 is even }} {{ 1.0 is even }}",
    # Logic.
    "{{ '' or 'x' }} {{ 'a' and 'b' }} {{ none or 0 }} {{ 'a' if false }}| {{ 'a' if 1 else 'b' }} {{ 1 if 0 else 2 if 0 else 3 }}",
    "{{ nothing }}| {{ nothing is defined }} {{ nothing or 'x' }} {{ nothing == other }} {{ nothing | default('d') }} {{ '' | default('d', true) }}",
    "{{ none }} {{ true }} {{ True }} {{ False }} {{ None }} {{ none is none }} {{ nothing is none }} {{ nothing is undefined }}",
    "{{ 'a' is string }} {{ 1 is number }} {{ true is number }} {{ true is integer }} {{ true is boolean }} {{ 1.0 is float }} {{ {} is mapping }}",
    "{{ [] is sequence }} {{ 'a' is sequence }} {{ {} is sequence }} {{ 1 is iterable }} {{ nothing is iterable }} {{ range is callable }} {{ none is string }}",
    "{{ 'a' is in ['a'] }} {{ 'a' is not in 'b' }} {{ 3 is eq 3 }} {{ 3 is gt(2) }} {{ 3 is sameas none }} {{ none is sameas none }} {{ 'a' is lower }}",
    "{{ 'a' in 'cat' }} {{ 'a' not in 'cat' }} {{ 1 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 'x' in nothing }} {{ not 'a' in 'cat' }} {{ 1.0 in [1] }}",
    "{{ 'a' < 'b' }} {{ 'B' < 'a' }} {{ [1, 2] < [1, 3] }} {{ (1, 'a') == (1, 'a') }} {{ [1] == (1,) }} {{ {'a': 1} == {'a': 1.0} }}",
    # Lists and dictionaries.
    "{{ [1, 'a', none, true, 1.5, [2], (3,), (), {'k': 'v'}] }} {{ ('it\\'s', 'q\"', 'a\\n\\x00\\u200b\u00e9') }} {{ {'a': [1], 'b': nothing} }}",
    "{{ [3, 1, 2] | sort }} {{ [3, 1] | sort(reverse=true) }} {{ [1, 2, 3] | sum }} {{ [1, 2.5] | sum }} {{ [1, 2] | sum(start=10) }} {{ [3, 1, 2] | min }} {{ [3, 1, 2] | max }}",
    "{{ [1, 2, 3][::-1] }} {{ [1, 2, 3][-2:] }} {{ [1, 2, 3][5] is defined }} {{ [1, 2, 3][-1] }} {{ (1, 2)[0] }} {{ [[1, 2]].0.1 }} {{ [1] + [2] }}",
    "{{ range(3) | list }} {{ range(1, 10, 3) | list }} {{ range(3, 0, -1) | list }} {{ range(3) }} {{ range(5)[1:3] | list }} {{ range(3) | length }}",
    "{{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(by='value') }} {{ {'a': 1} | items | list }} {{ {'a': 1}.items() | list }}",
    "{{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }} {{ {'a': 1}.get('b') }} {{ {'a': 1}.get('b', 2) }} {{ {'a': 1}['b'] is defined }} {{ {'a': 1}.a }}",
    "{{ {'items': 1}.items is callable }} {{ {'items': 1}['items'] }} {{ {'get': 5}.get is callable }} {{ {'a': 1}.items() }} {{ {'a': 1}.keys() }}",
    "{{ dict(a=1, b='x') }} {{ dict({'a': 1}, b=2) }} {{ dict([('a', 1)]) }} {{ {'a': 1, 'a': 2} }} {{ dict(a=1) | length }}",
    "{{ ['a', 'b'] | join }} {{ ['a', 1, none] | join(', ') }} {{ 'abc' | join('-') }} {{ [{'n': 1}, {'n': 2}] | join('+', attribute='n') }}",
    "{{ [1, 1, 2] | unique | list }} {{ ['A', 'a'] | unique | list }} {{ [1, 2] | reverse | list }} {{ [] | first is defined }} {{ [1, 2] | last }}",
    "{{ [1, 0, 2] | select | list }} {{ [1, 2, 3] | select('odd') | list }} {{ [1, 2, 3] | reject('gt', 2) | list }} {{ ['a', 'B'] | map('upper') | list }}",
    "{{ [{'a': {'b': 1}}] | map(attribute='a.b') | list }} {{ [{'a': 1}, {}] | map(attribute='a', default=0) | list }} {{ [{'a': 1}, {'a': 0}] | selectattr('a') | list }}",
    "{{ [{'a': 1}, {'a': 2}] | rejectattr('a', 'equalto', 1) | list }} {{ [[1, 2], [3, 4]] | map('first') | list }} {{ [[1, 2]] | map(attribute=1) | list }} {{ ['ab'] | map('replace', 'a', 'x') | list }}",
    "{% set it = [1, 2, 3] | map('abs') %}{{ it | first }} {{ it | list }} {{ it | list }}",
    "{{ [1, 2].index(2) }} {{ [1, 1].count(1) }} {{ (1, 2).index(2) }} {{ {'a': 1}.copy() }}",
    "{{ {'b': 1, 'a': [1, {'c': none}], 'e': [], 'f': {}} | tojson(indent=2) }}",
    "{{ {'b': true, 'a': 1.0} | tojson(sort_keys=true) }} {{ [1, 'x'] | tojson(separators=(',', ':')) }} {{ 'a\\u2028\\x7f\\x01/<\\'' | tojson }} {{ [1] | tojson(indent='..') }}",
    "{{ {0: 'a', 512: 'b'} }} {{ {1: 'a'}[true] }} {{ {2: 'a', 1: 'b'} | dictsort }} {{ {1: 2} | tojson }} {{ none | map('x') | list }} {{ 0 | selectattr('a') | list }}",
    # Blocks.
    "{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
    "{% for i in [1, 2] %}{{ y is defined }}{% set y = 1 %}{% endfor %}",
    "{% if true %}{% set x = 5 %}{% endif %}{{ x }}{% set a, b = 1, [2, 3] %}{{ a }}{{ b }}{% set (c, d) = b %}{{ c + d }}",
    "{% set ns = namespace(a=1) %}{% for i in [1, 2] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }} {{ ns.b is defined }} {{ ns['a'] }}",
    "{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m(b=1) }}{{ m('x') | upper }}",
    "{% set v = 1 %}{% macro m() %}{{ v }}{{ w is defined }}{% endmacro %}{% for w in [1] %}{% set v = 2 %}{{ m() }}{% endfor %}",
    "{% macro box(t) %}<{{ t }}:{{ caller('q') }}>{% endmacro %}{% call(x) box('a') %}in {{ x }}{% endcall %}",
    "{% filter upper %}a{{ 1 }}b{% endfilter %} {% set s %}x{{ 1 }}{% endset %}{{ s }} {% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}",
    "{% for i in range(6) if i is odd %}{{ loop.index }}/{{ loop.length }}:{{ i }}{{ ',' if not loop.last }}{% endfor %}",
    "{% for i in [] %}x{% else %}none{% endfor %} {% for i in [1] %}{% continue %}{% else %}none{% endfor %} {% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in [1, 2] %}{% for j in 'ab' %}{{ loop.depth }}{{ loop.index0 }}{{ loop.first }}{% endfor %}{{ loop.cycle('x', 'y') }}{% endfor %}",
    "{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}{% for a, (b, c) in [(1, (2, 3))] %}{{ a + b + c }}{% endfor %}",
    "{% generation %}{% set q = 1 %}{{ q }}{% endgeneration %}{{ q is defined }}",
    "a  {%- if true -%}  b  {%- endif %}  c\n  {{- 1 }}  {{ 2 -}}  \n d\n\n",
    "  {% if true %}\n  x\n  {% endif %}\n  y {% if true %} z {% endif %}\nw {# c #}\nv\n  {#- c -#}  \n u\n",
    "{%- raw %} {{ x }} {% if %} {%- endraw -%}  z {% raw -%}  q  {% endraw %}\nk",
    "\x0c{{- 1 -}}\u00a0\u2003{{ 2 }}\ufeff{{- 3 }}\x1c{%- if true %}\x85{% endif %}",
    "x {}} -}\ny #}\nz %}\n{{ {'a': {}} }}",
    # What fails in Python fails here.
    "{{ nothing.x }}", "{{ nothing + 'a' }}", "{{ 1 + 'a' }}", "{{ 'a' + 1 }}", "{{ none.x.y }}", "{{ nothing() }}", "{{ 1 / 0 }}",
    "{{ [1] + (2,) }}", "{{ 1 < 'a' }}", "{{ 'a'.index('b') }}", "{{ [1].append(2) }}", "{{ {}.update({}) }}", "{{ 1 in 'a' }}",
    "{{ range(100001) | length }}", "{{ range(10 ** 9) }}", "{{ [1, 'a'] | sort }}", "{{ ['a'] | sum }}", "{{ 5 | length }}",
    "{{ 'a'.split('') }}", "{{ none | length }}", "{% for x in 5 %}{% endfor %}", "{% for x in none %}{% endfor %}", "{% set a, b = [1] %}",
    "{% if %}", "{{ }}", "{{ 'a", "{% for x in y %}", "{% endfor %}", "{{ a b }}", "{{ (1 }}", "{{ [1}}", "{% nope %}", "{{ 'a' is nope }}",
    "{{ 'a' | nope }}", "{{ raise_exception('stop') }}", "{% set loop = 1 %}{% for i in [1] %}{% set loop = 2 %}{% endfor %}", "{{ nothing | tojson }}",
    "{{ [1] | map('nope') | list }}", "{{ m(1) }}{% macro m() %}{% endmacro %}", "{% macro m() %}{% endmacro %}{{ m(1) }}", "{{ 'x'.strip(1) }}",
    "{{ 1.strip() }}", "{{ ''.join([1]) }}", "{{ -'a' }}", "{{ 'a' - 'b' }}", "{{ {'a': 1} + {} }}", "{{ 1 ~ 2 + 3 }}", "{{ 1 + 2 ~ 'x' }}", "{{ [] | first }}|{{ [].x.y }}",
]


def render(template: str, messages: list[dict], **rest) -> str | None:
    try:
        (text,), _ = render_jinja_template([messages], chat_template=template, **rest)
        return text
    except Exception:
        return None


def both(template: str, special: dict) -> list[list[str | None]]:
    return [
        [render(template, messages, add_generation_prompt=prompt, **special) for prompt in (False, True)]
        for messages in conversations
    ]


golden = {
    "versions": {"transformers": transformers.__version__, "jinja2": jinja2.__version__},
    "conversations": conversations,
    "templates": [
        {"name": name, "template": template, "variables": special, "texts": both(template, special)}
        for name, template, special in templates
    ],
    "variables": variables,
    "expressions": [{"template": source, "text": render(source, [], **variables)} for source in expressions],
}
(here / "chatTemplates.json").write_text(json.dumps(golden, indent=1) + "\n")
