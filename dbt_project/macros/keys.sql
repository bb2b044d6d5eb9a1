{#
  How rows are told apart by their content.
  Not here: keys an analyst reads (`<system>:<code>`); models write those plainly.
#}

{# One digest over several columns, in which null differs from every text. Both engines agree on it. #}
{% macro digest(columns) -%}
    md5(concat_ws(
        chr(31),
        {%- for column in columns %}
        coalesce(cast({{ column }} as string), chr(30)){{ "," if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
