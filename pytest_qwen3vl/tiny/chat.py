"""The chat format of Qwen3-VL without tools and videos, as the jinja template that a checkpoint carries."""

CHAT_TEMPLATE = r"""{%- macro render(content, add_vision_id, count) -%}
    {%- if content is string -%}
        {{- content -}}
    {%- else -%}
        {%- for part in content -%}
            {%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}
                {%- set count.value = count.value + 1 -%}
                {%- if add_vision_id -%}{{- 'Picture ' ~ count.value ~ ': ' -}}{%- endif -%}
                {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
            {%- elif 'text' in part -%}
                {{- part.text -}}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
{%- set count = namespace(value=0) -%}
{%- for message in messages -%}
    {{- '<|im_start|>' ~ message.role ~ '\n' ~ render(message.content, add_vision_id, count) ~ '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|im_start|>assistant\n' -}}
{%- endif -%}
"""
