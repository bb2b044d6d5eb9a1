with named as (
    select distinct
        source_system,
        agency_key,
        field_name
    from {{ ref('int_backlog_versions') }}
),
{% if is_night() %}
numbered as (
    select * from {{ as_it_was('dim_backlog_queue') }}
),

ends as (
    select coalesce(max(queue_number), 0) as queue_number from numbered
),

-- a number once given stays
unnumbered as (
    select
        named.source_system,
        named.agency_key,
        named.field_name,
        ends.queue_number as before_first_number
    from named
    cross join ends
    left join numbered
        on
            named.source_system = numbered.source_system
            and named.agency_key = numbered.agency_key
            and named.field_name = numbered.field_name
    where numbered.queue_number is null
)
{% else %}
    unnumbered as (
        select
            *,
            cast(0 as int) as before_first_number
        from named
    )
{% endif %}
select
    cast(
        before_first_number
        + row_number() over (
            order by source_system asc nulls last, agency_key asc nulls last, field_name asc nulls last
        ) as int
    ) as queue_number,
    source_system,
    agency_key,
    field_name
from unnumbered
