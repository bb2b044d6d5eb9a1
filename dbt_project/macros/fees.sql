{#
  Fees as catalogues print them: what they plainly say, and nothing more. No amount is corrected.
  Not here: which amounts look wrong (seeds/procedure_catalogue_issues.csv, mart_procedure_catalogue_issue).
  Explained in docs/data-team.md, "The procedure catalogue's own mistakes".
#}

{# The digits of the only amount, with their marks: '2.000.000' of 'Phí : 2.000.000 Đồng'; '' where it is not so plain. #}
{% macro fee_digits(label, currency) -%}
    coalesce(
        regexp_extract(
            trim({{ label }}),
            '^((Phí|Lệ phí) : )?([0-9]{1,3}([.,][0-9]{3})+|[0-9]+) ({{ currency }})$',
            3
        ),
        ''
    )
{%- endmacro %}

{% macro fee_digits_vnd(label) -%}
    {{ fee_digits(label, 'VNĐ|Việt Nam Đồng|Đồng|đồng') }}
{%- endmacro %}

{% macro is_free(label) -%}
    lower(trim({{ label }})) in ('miễn phí', 'phí : không đồng', 'lệ phí : không đồng')
{%- endmacro %}

{# As printed: '135 VNĐ' is 135. #}
{% macro stated_fee_vnd(label) -%}
    case
        when {{ is_free(label) }} then cast(0 as bigint)
        else cast(nullif(replace(replace({{ fee_digits_vnd(label) }}, '.', ''), ',', ''), '') as bigint)
    end
{%- endmacro %}

{% macro fee_reading(label) -%}
    case
        when coalesce(nullif(trim({{ label }}), ''), 'Không có thông tin') = 'Không có thông tin' then 'not_stated'
        when {{ stated_fee_vnd(label) }} = 0 then 'free'
        when {{ stated_fee_vnd(label) }} > 0 then 'amount'
        when {{ fee_digits(label, 'USD') }} != '' then 'foreign'
        when {{ label }} like '% | %' then 'several'
        else 'words'
    end
{%- endmacro %}
