with latest as (
    select *, cast(coalesce(received_at, applied_at, observed_at) as date) as anchor_date
    from {{ ref('stg_dossiers') }}
    qualify row_number() over (partition by dossier_code order by observed_at desc, row_number desc) = 1
),

data_cut as (
    select max(observed_at) as data_cut_at from {{ ref('stg_typed_rows') }}
),

found as (
    select
        latest.* exclude (agency_code, procedure_code, field_name, anchor_date, times_delivered),
        coalesce(agencies.agency_key, 'nghe_an:unmapped') as agency_key,
        agencies.agency_code,
        agencies.agency_name,
        agencies.agency_level,
        case
            when agencies.agency_key is not null then 'code' when latest.agency_code is null then 'missing' else 'unknown'
        end as agency_resolution,
        coalesce(procedures.procedure_key, 'unmapped') as procedure_key,
        coalesce(procedures.procedure_code, latest.procedure_code) as procedure_code,
        procedures.procedure_name,
        case
            when procedures.procedure_key is not null then 'code'
            when latest.procedure_code is null then 'missing'
            else 'unknown'
        end as procedure_resolution,
        coalesce(latest.field_name, procedures.field_name) as field_name,
        data_cut.data_cut_at,
        latest.received_at is not null and not coalesce(statuses.is_before_acceptance, false) as is_accepted,
        latest.finished_at is not null as is_closed,
        coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
        coalesce(statuses.is_result_ready, false) as is_result_ready,
        coalesce(cast(latest.received_at as date) <= cast(latest.observed_at as date), false) as is_receipt_plausible,
        coalesce(
            cast(latest.finished_at as date)
            between cast(latest.received_at as date) and cast(latest.observed_at as date), false
        ) as is_end_plausible,
        coalesce(cast(latest.due_at as date) >= cast(latest.received_at as date), false) as is_due_plausible
    from latest
    cross join data_cut
    left join {{ ref('stg_agencies') }} as agencies
        on
            latest.agency_code = agencies.agency_code
            and latest.anchor_date >= agencies.valid_from_date
            and (agencies.valid_to_date is null or latest.anchor_date < agencies.valid_to_date)
    left join {{ ref('stg_procedures') }} as procedures
        on
            coalesce(nullif(regexp_extract(latest.procedure_code, '^([0-9][.][0-9]{6})', 1), ''), latest.procedure_code)
            = procedures.procedure_code
    left join {{ source('reference', 'dossier_statuses') }} as statuses on latest.status_code = statuses.status_code
),

judged as (
    select
        *,
        case
            when not is_accepted then 'not_applicable'
            when due_at is null then 'cannot_tell'
            when is_closed and finished_at <= due_at then 'on_time'
            when is_closed then 'late'
            when is_result_ready then 'cannot_tell'
            when is_ended_without_result then 'not_applicable'
            when data_cut_at > due_at then 'open_late'
            else 'open_in_time'
        end as outcome_strict
    from found
)

select
    judged.* exclude (is_ended_without_result, is_result_ready, is_receipt_plausible, is_end_plausible, is_due_plausible),
    'nghean_one_stop' as source_system,
    'nghean_one_stop:' || judged.dossier_code as dossier_key,
    judged.is_accepted and not (judged.is_closed or judged.is_ended_without_result or judged.is_result_ready) as is_open,
    cast(date_trunc('month', coalesce(judged.due_at, judged.received_at, judged.applied_at, judged.observed_at)) as date)
        as period_month_date,
    date_diff('day', cast(judged.received_at as date), cast(judged.finished_at as date)) as elapsed_days,
    case
        when judged.is_receipt_plausible and judged.is_end_plausible
            then finished.working_day_ordinal - received.working_day_ordinal
    end as elapsed_working_days,
    case
        when not (judged.is_receipt_plausible and judged.is_due_plausible) then null
        when judged.outcome_strict = 'late' and judged.is_end_plausible
            then finished.working_day_ordinal - due.working_day_ordinal
        when judged.outcome_strict = 'open_late' then cut.working_day_ordinal - due.working_day_ordinal
    end as late_working_days
from judged
left join {{ ref('int_calendar') }} as received on cast(judged.received_at as date) = received.date_day
left join {{ ref('int_calendar') }} as due on cast(judged.due_at as date) = due.date_day
left join {{ ref('int_calendar') }} as finished on cast(judged.finished_at as date) = finished.date_day
left join {{ ref('int_calendar') }} as cut on cast(judged.data_cut_at as date) = cut.date_day
