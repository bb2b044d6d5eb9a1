{#
  Which code columns of which kind may hold what no code map knows: the word as delivered stands in the label beside.
#}
{% set code_columns = {
    'dossiers': ['status', 'channel', 'stated_outcome'],
    'ratings': ['satisfaction'],
    'processing_log': ['status'],
    'payments': ['fee_type', 'collection', 'payment_status', 'payment_method', 'payment_gateway'],
    'digitisation': ['subject_type'],
    'digitisation_statistics': ['assessment'],
} %}
with unmapped as (
    {% for kind, columns in code_columns.items() %}
        {% set last_kind = loop.last %}
        {% for column in columns %}
            select
                '{{ kind }}' as kind,
                '{{ column }}_code' as column_name,
                source_system,
                source_id,
                {{ column }}_label as delivered_word,
                observed_at
            from {{ ref('stg_' ~ kind) }}
            where {{ column }}_code = 'unmapped'
            {{ "union all" if not (loop.last and last_kind) }}
        {% endfor %}
    {% endfor %}
),

-- a column mapped by mistake could hold anything: what does not look like a word of a code list is not shown
shown as (
    select
        kind,
        column_name,
        source_system,
        source_id,
        observed_at,
        case
            when length(delivered_word) <= 60 and regexp_extract(delivered_word, '([0-9]{6})', 1) = ''
                then delivered_word
        end as delivered_word
    from unmapped
)

select
    kind,
    column_name,
    source_system,
    source_id,
    delivered_word,
    count(*) as row_count,
    min(observed_at) as first_observed_at,
    max(observed_at) as last_observed_at
from shown
group by kind, column_name, source_system, source_id, delivered_word
