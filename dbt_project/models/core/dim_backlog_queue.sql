-- the number is told from the names, so that it is the same whatever was delivered first
with named as (
    select distinct
        source_system,
        agency_key,
        field_name
    from {{ ref('int_backlog_versions') }}
),

numbered as (
    select
        {{ number_of_text(digest(['source_system', 'agency_key', 'field_name'])) }} as queue_number,
        source_system,
        agency_key,
        field_name
    from named
)

select *
from numbered
{%- if is_night() %}
where queue_number not in (select made_before.queue_number from {{ this }} as made_before)
{%- endif %}
