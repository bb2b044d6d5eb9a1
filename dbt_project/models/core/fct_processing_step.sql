-- depends_on: {{ ref('ingestion_ledger') }}
with spans as (
    select * from {{ ref('int_step_spans') }}
),

step_time as (
    select * from {{ ref('int_step_time') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

-- a band as its days, so that an age is looked up by equality; the last band has no end
band_days as (
    select
        age_band_code,
        {{ each_number('from_days', 'coalesce(to_days - 1, from_days)') }} as day_number
    from {{ ref('step_age_bands') }}
),

last_band as (
    select max(day_number) as day_number from band_days
),

joined as (
    select
        spans.*,
        step_time.gross_minutes,
        step_time.gross_working_minutes,
        step_time.paused_working_minutes,
        step_time.net_minutes,
        step_time.net_working_minutes,
        step_time.handover_minutes,
        step_time.handover_working_minutes,
        step_time.due_working_minutes,
        step_time.until_working_minutes,
        step_time.working_days,
        calendar_versions.calendar_version,
        spans.end_basis = 'open' as is_open,
        spans.end_basis in ('stated', 'next_step') as is_ended,
        case when spans.calendar_code is null then 'calendar' else 'working' end as counted_in,
        {{ days_between('cast(spans.started_at as date)', 'cast(spans.data_cut_at as date)') }} as days_to_cut
    from spans
    inner join step_time on spans.step_key = step_time.step_key
    left join calendar_versions on spans.calendar_code = calendar_versions.calendar_code
),

judged as (
    select
        *,
        case
            when is_ended and not is_final
                then case when counted_in = 'working' then net_working_minutes else net_minutes end
        end as counted_minutes,
        case
            when step_due_at is null then cast(null as boolean)
            when is_ended and has_step_due_time and has_end_time then end_at > step_due_at
            when is_ended then cast(end_at as date) > cast(step_due_at as date)
            when is_open and has_step_due_time then data_cut_at > step_due_at
            when is_open then cast(data_cut_at as date) > cast(step_due_at as date)
        end as is_overdue
    from joined
)

select
    judged.step_key,
    judged.source_system,
    judged.dossier_code,
    judged.has_dossier,
    judged.agency_key,
    judged.procedure_key,
    cast(judged.step_number as bigint) as step_number,
    judged.step_name,
    judged.department_name,
    judged.status_code,
    judged.is_waiting_for_applicant,
    judged.is_final,
    judged.is_open,
    judged.end_basis,
    judged.started_at,
    judged.has_started_time,
    judged.end_at as ended_at,
    judged.has_end_time as has_ended_time,
    judged.step_due_at,
    judged.has_step_due_time,
    judged.is_overdue,
    judged.counted_minutes,
    judged.counted_in,
    cast(
        round(
            100.0 * judged.counted_minutes
            / nullif(sum(judged.counted_minutes) over (partition by judged.source_system, judged.dossier_code), 0),
            2
        ) as double
    ) as share_pct,
    judged.handover_minutes,
    judged.handover_working_minutes,
    band_days.age_band_code,
    judged.supplement_policy,
    judged.last_observed_at,
    judged.data_cut_at,
    judged.calendar_version,
    case when judged.has_dossier then judged.dossier_key end as dossier_key,
    case when judged.is_ended then judged.gross_minutes end as elapsed_minutes,
    case when judged.is_ended then judged.gross_working_minutes end as elapsed_working_minutes,
    case when judged.is_ended then judged.paused_working_minutes end as paused_working_minutes,
    case when judged.is_ended then judged.net_working_minutes end as net_working_minutes,
    case
        when judged.is_overdue
            then cast(greatest(judged.until_working_minutes - judged.due_working_minutes, 0) as bigint)
    end as overdue_working_minutes,
    case when judged.is_open then judged.days_to_cut end as age_days,
    case when judged.is_open then cast(judged.working_days as bigint) end as age_working_days,
    case
        when judged.is_open and judged.is_waiting_for_applicant then judged.gross_working_minutes
        when judged.is_open then judged.net_working_minutes
    end as age_working_minutes
from judged
cross join last_band
left join band_days
    on
        judged.is_open
        and least(greatest(coalesce(judged.working_days, judged.days_to_cut), 0), last_band.day_number)
        = band_days.day_number
