{#
  The marts over steps, for agencies as they were and as they are: medians cannot be added up, so both are computed from
  the steps.
  Here: the two statements; `agency_column` is the column of dim_agency that names the agency (agency_key, as_is_agency_key).
  Not here: the time in a step (fct_processing_step).
  Explained in docs/how-time-is-counted.md, "Time in a step".
#}

{% macro step_bottleneck(agency_column) -%}
with steps as (
    select
        steps.*,
        agencies.{{ agency_column }} as counted_agency_key
    from {{ ref('fct_processing_step') }} as steps
    inner join {{ ref('dim_agency') }} as agencies on steps.agency_key = agencies.agency_key
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

procedures as (
    select * from {{ ref('dim_procedure') }}
),

minimums as (
    select
        minimum_count,
        valid_from_date,
        valid_to_date
    from {{ ref('measure_minimums') }}
    where measure = 'step_minutes'
),

measured as (
    select
        *,
        case when counted_in = 'working' then handover_working_minutes else handover_minutes end
            as counted_handover_minutes,
        case when is_waiting_for_applicant then elapsed_working_minutes else paused_working_minutes end
            as awaited_working_minutes
    from steps
    -- the end of a dossier is no step of its way
    where not is_final
),

counted as (
    select
        source_system,
        counted_agency_key,
        procedure_key,
        step_name,
        is_waiting_for_applicant,
        counted_in,
        cast(sum(counted_minutes) as bigint) as total_minutes,
        cast(sum(counted_handover_minutes) as bigint) as handover_total_minutes,
        cast(sum(awaited_working_minutes) as bigint) as awaited_working_minutes,
        max(data_cut_at) as data_cut_at,
        max(calendar_version) as calendar_version,
        count(*) as step_count,
        count(case when is_open then step_key end) as open_count,
        count(counted_minutes) as counted_count,
        median(counted_minutes) as median_minutes,
        percentile_cont(0.9) within group (order by counted_minutes asc nulls last) as p90_minutes,
        count(counted_handover_minutes) as handover_count,
        median(counted_handover_minutes) as handover_median_minutes,
        count(is_overdue) as judged_count,
        count(case when is_overdue then step_key end) as overdue_count,
        count(case when is_overdue and is_open then step_key end) as open_overdue_count
    from measured
    group by
        source_system,
        counted_agency_key,
        procedure_key,
        step_name,
        is_waiting_for_applicant,
        counted_in
),

limited as (
    select
        counted.*,
        coalesce(minimums.minimum_count, 1) as minimum_count,
        sum(counted.total_minutes) over (
            partition by counted.source_system, counted.counted_agency_key, counted.procedure_key
        ) as whole_minutes
    from counted
    left join minimums
        on
            cast(counted.data_cut_at as date) >= minimums.valid_from_date
            and coalesce(cast(counted.data_cut_at as date) < minimums.valid_to_date, true)
)

select
    limited.source_system,
    limited.procedure_key,
    procedures.procedure_code,
    procedures.procedure_name,
    limited.counted_agency_key as agency_key,
    agencies.agency_code,
    agencies.agency_name,
    limited.step_name,
    limited.is_waiting_for_applicant,
    limited.counted_in,
    limited.step_count,
    limited.counted_count,
    limited.minimum_count,
    limited.total_minutes,
    cast(round(100.0 * limited.total_minutes / nullif(limited.whole_minutes, 0), 2) as double) as share_pct,
    limited.handover_count,
    limited.handover_total_minutes,
    cast(
        round(
            100.0 * limited.handover_total_minutes
            / nullif(limited.handover_total_minutes + coalesce(limited.total_minutes, 0), 0),
            2
        ) as double
    ) as waiting_pct,
    limited.awaited_working_minutes,
    limited.judged_count,
    limited.overdue_count,
    cast(round(100.0 * limited.overdue_count / nullif(limited.judged_count, 0), 2) as double) as overdue_pct,
    limited.open_count,
    limited.open_overdue_count,
    limited.data_cut_at,
    limited.calendar_version,
    case when limited.counted_count >= limited.minimum_count then cast(limited.median_minutes as double) end
        as median_minutes,
    case when limited.counted_count >= limited.minimum_count then cast(limited.p90_minutes as double) end
        as p90_minutes,
    case
        when limited.counted_count = 0 then 'nothing_counted'
        when limited.counted_count < limited.minimum_count then 'too_few'
    end as no_median_reason,
    case when limited.handover_count >= limited.minimum_count then cast(limited.handover_median_minutes as double) end
        as handover_median_minutes
from limited
inner join agencies on limited.counted_agency_key = agencies.agency_key
inner join procedures on limited.procedure_key = procedures.procedure_key
{%- endmacro %}


{% macro open_step_age(agency_column) -%}
with steps as (
    select
        steps.*,
        agencies.{{ agency_column }} as counted_agency_key
    from {{ ref('fct_processing_step') }} as steps
    inner join {{ ref('dim_agency') }} as agencies on steps.agency_key = agencies.agency_key
),

bands as (
    select * from {{ ref('step_age_bands') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

procedures as (
    select * from {{ ref('dim_procedure') }}
),

counted as (
    select
        source_system,
        procedure_key,
        counted_agency_key,
        step_name,
        is_waiting_for_applicant,
        counted_in,
        age_band_code,
        count(*) as open_count,
        count(case when is_overdue then step_key end) as open_overdue_count,
        min(started_at) as oldest_started_at,
        max(data_cut_at) as data_cut_at
    from steps
    where is_open
    group by
        source_system,
        procedure_key,
        counted_agency_key,
        step_name,
        is_waiting_for_applicant,
        counted_in,
        age_band_code
)

select
    counted.source_system,
    counted.procedure_key,
    procedures.procedure_code,
    procedures.procedure_name,
    counted.counted_agency_key as agency_key,
    agencies.agency_code,
    agencies.agency_name,
    counted.step_name,
    counted.is_waiting_for_applicant,
    counted.counted_in,
    counted.age_band_code,
    bands.name_vi as age_band_name,
    bands.from_days,
    counted.open_count,
    counted.open_overdue_count,
    counted.oldest_started_at,
    counted.data_cut_at
from counted
inner join bands on counted.age_band_code = bands.age_band_code
inner join agencies on counted.counted_agency_key = agencies.agency_key
inner join procedures on counted.procedure_key = procedures.procedure_key
{%- endmacro %}
