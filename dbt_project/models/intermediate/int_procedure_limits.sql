with lines as (
    select
        *,
        cast(observed_at as date) as observed_date
    from {{ ref('stg_procedure_limits') }}
    where procedure_catalogue is not null
),

catalogue as (
    select
        procedure_catalogue,
        procedure_code,
        limit_label,
        cast(observed_at as date) as observed_date
    from {{ ref('stg_procedures') }}
    where procedure_catalogue is not null
    qualify row_number() over (
        partition by procedure_catalogue, procedure_code, cast(observed_at as date)
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
),

last_lines as (
    select *
    from lines
    qualify row_number() over (
        partition by procedure_catalogue, procedure_code, observed_date, line_number
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
),

summaries as (
    select
        procedure_catalogue,
        procedure_code,
        observed_date,
        limit_label,
        {{ each_number('1', limits_listed("coalesce(limit_label, '')")) }} as place
    from catalogue
),

items as (
    select
        *,
        split_part(limit_label, ';', cast(place as int)) as item
    from summaries
),

-- the summary stands for every way of handing in
stated as (
    select
        procedure_catalogue,
        procedure_code,
        channel_code,
        'channel' as limit_source,
        observed_date,
        limit_count,
        limit_unit
    from last_lines
    where channel_code != 'unmapped'

    union all

    select
        procedure_catalogue,
        procedure_code,
        'any' as channel_code,
        'summary' as limit_source,
        observed_date,
        {{ limit_count_of('item') }} as limit_count,
        {{ limit_unit_of('item') }} as limit_unit
    from items
),

-- a count of nothing is no limit; a count without a unit is one whose length nobody knows
different as (
    select distinct
        procedure_catalogue,
        procedure_code,
        channel_code,
        limit_source,
        observed_date,
        limit_count,
        limit_unit
    from stated
    where limit_count > 0
),

counted as (
    select
        procedure_catalogue,
        procedure_code,
        channel_code,
        limit_source,
        observed_date,
        count(*) as limits_count,
        min(limit_count) as limit_value,
        min(limit_unit) as limit_unit
    from different
    group by procedure_catalogue, procedure_code, channel_code, limit_source, observed_date
),

-- a newer delivery replaces whatever an older one of the same kind said of the procedure
deliveries as (
    select distinct
        procedure_catalogue,
        procedure_code,
        limit_source,
        observed_date
    from stated
),

spans as (
    select
        *,
        lead(observed_date) over (
            partition by procedure_catalogue, procedure_code, limit_source order by observed_date asc nulls last
        ) as valid_to_date,
        lag(observed_date) over (
            partition by procedure_catalogue, procedure_code, limit_source order by observed_date asc nulls last
        ) is null as is_earliest_known
    from deliveries
),

grains as (
    select distinct
        procedure_catalogue,
        procedure_code,
        channel_code,
        limit_source,
        observed_date
    from stated
)

select
    grains.procedure_catalogue,
    grains.procedure_code,
    grains.channel_code,
    grains.limit_source,
    spans.observed_date as valid_from_date,
    spans.valid_to_date,
    spans.is_earliest_known,
    case
        when counted.limits_count is null then 'no_limit'
        when counted.limits_count > 1 then 'several_limits'
        when counted.limit_unit is null then 'no_unit'
        when counted.limit_unit != 'hour' and counted.limit_value != floor(counted.limit_value) then 'not_whole'
        else 'known'
    end as limit_status,
    case when counted.limits_count = 1 then counted.limit_value end as limit_value,
    case when counted.limits_count = 1 then counted.limit_unit end as limit_unit
from grains
inner join spans
    on
        grains.procedure_catalogue = spans.procedure_catalogue
        and grains.procedure_code = spans.procedure_code
        and grains.limit_source = spans.limit_source
        and grains.observed_date = spans.observed_date
left join counted
    on
        grains.procedure_catalogue = counted.procedure_catalogue
        and grains.procedure_code = counted.procedure_code
        and grains.channel_code = counted.channel_code
        and grains.observed_date = counted.observed_date
