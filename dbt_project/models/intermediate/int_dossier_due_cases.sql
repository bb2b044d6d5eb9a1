with states as (
    select
        *,
        cast(received_at as date) as received_date,
        cast(supplement_requested_at as date) as requested_date,
        cast(supplement_completed_at as date) as completed_date,
        cast(last_observed_at as date) as last_observed_date
    from {{ ref('int_dossier_agency') }}
),

limits as (
    select * from {{ ref('int_procedure_limits') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

cutoffs as (
    select * from {{ ref('procedure_cutoffs') }}
),

policies as (
    select * from {{ ref('supplement_policies') }}
),

own_timesheets as (
    select distinct
        calendar_code,
        agency_register,
        agency_code
    from {{ ref('timesheets') }}
    where agency_code is not null
),

placed as (
    select
        states.*,
        calendar_versions.valid_from_date as first_known_date,
        calendar_versions.valid_to_date as last_known_date,
        coalesce(own_timesheets.agency_register || ':' || own_timesheets.agency_code, 'default') as timesheet_code,
        -- by date, as in int_dossier_clock
        coalesce(states.received_date <= states.last_observed_date, false) as has_receipt
    from states
    left join calendar_versions on states.calendar_code = calendar_versions.calendar_code
    left join own_timesheets
        on
            states.calendar_code = own_timesheets.calendar_code
            and coalesce(states.agency_register, states.source_system) = own_timesheets.agency_register
            and states.agency_code = own_timesheets.agency_code
),

-- by equality; the validity of the few rows of one procedure or system is compared afterwards
ruled as (
    select
        placed.*,
        case when cutoffs.cutoff_time is not null then {{ minute_of_time('cutoffs.cutoff_time') }} end as cutoff_minute,
        coalesce(policies.supplement_policy, 'unknown') as supplement_policy,
        case
            when by_channel.limit_status = 'known' then 'channel'
            when by_summary.limit_status = 'known' then 'summary'
            -- neither tells: the nearer one says why
            when by_channel.limit_status is not null then 'channel'
            when by_summary.limit_status is not null then 'summary'
        end as limit_source,
        by_channel.limit_status as channel_status,
        by_channel.limit_value as channel_value,
        by_channel.limit_unit as channel_unit,
        by_channel.valid_from_date as channel_from_date,
        by_summary.limit_status as summary_status,
        by_summary.limit_value as summary_value,
        by_summary.limit_unit as summary_unit,
        by_summary.valid_from_date as summary_from_date
    from placed
    left join cutoffs
        on
            placed.procedure_catalogue = cutoffs.procedure_catalogue
            and placed.procedure_code = cutoffs.procedure_code
            and placed.received_date >= cutoffs.valid_from_date
            and coalesce(placed.received_date < cutoffs.valid_to_date, true)
    left join policies
        on
            placed.source_system = policies.source_system
            and placed.received_date >= policies.valid_from_date
            and coalesce(placed.received_date < policies.valid_to_date, true)
    left join limits as by_channel
        on
            placed.procedure_catalogue = by_channel.procedure_catalogue
            and placed.procedure_code = by_channel.procedure_code
            and placed.channel_code = by_channel.channel_code
            and placed.has_receipt
            and (by_channel.is_earliest_known or placed.received_date >= by_channel.valid_from_date)
            and coalesce(placed.received_date < by_channel.valid_to_date, true)
    left join limits as by_summary
        on
            placed.procedure_catalogue = by_summary.procedure_catalogue
            and placed.procedure_code = by_summary.procedure_code
            and by_summary.channel_code = 'any'
            and placed.has_receipt
            and (by_summary.is_earliest_known or placed.received_date >= by_summary.valid_from_date)
            and coalesce(placed.received_date < by_summary.valid_to_date, true)
),

limited as (
    select
        *,
        case when limit_source = 'channel' then channel_status else summary_status end as limit_status,
        case when limit_source = 'channel' then channel_value else summary_value end as limit_value,
        case when limit_source = 'channel' then channel_unit else summary_unit end as limit_unit,
        case when limit_source = 'channel' then channel_from_date else summary_from_date end as limit_from_date
    from ruled
),

-- one request whose two moments are stated, come in order and had passed when the row was extracted
judged as (
    select
        *,
        supplement_policy != 'none' and supplement_count > 0 as is_supplement_due,
        coalesce(
            supplement_policy in ('pause', 'reset')
            and supplement_count = 1
            and stated_supplement_count = 1
            and requested_date >= received_date
            and supplement_completed_at >= supplement_requested_at
            and completed_date <= last_observed_date
            -- hours ask for times of day
            and (
                limit_unit != 'hour'
                or least(
                    {{ minute_of_day('supplement_requested_at') }}, {{ minute_of_day('supplement_completed_at') }}
                ) > 0
            ),
            false
        ) as is_supplement_known
    from limited
),

reasoned as (
    select
        *,
        case
            when calendar_code is null then 'no_calendar'
            when not has_receipt then 'no_receipt'
            when procedure_catalogue is null or procedure_key = 'unmapped' then 'no_procedure'
            when coalesce(limit_status, 'no_limit') != 'known' then coalesce(limit_status, 'no_limit')
            when is_supplement_due and not is_supplement_known then 'supplement_times_unknown'
            when
                received_date < first_known_date
                or received_date > last_known_date
                or (is_supplement_due and completed_date > last_known_date)
                then 'beyond_calendar'
        end as case_unknown_reason
    from judged
)

select
    {{ listed(placed_columns()) }},
    timesheet_code,
    cutoff_minute,
    first_known_date,
    last_known_date,
    case_unknown_reason,
    limit_source,
    case
        when limit_from_date is null then null
        when received_date < limit_from_date then 'earliest_known'
        else 'delivered'
    end as limit_basis,
    limit_value,
    limit_unit,
    supplement_policy,
    -- a case that nobody can count is not looked up
    case
        when case_unknown_reason is not null then null
        when is_supplement_due and supplement_policy = 'reset' then supplement_completed_at
        else received_at
    end as limit_from_at,
    case
        when is_supplement_due and supplement_policy = 'reset'
            then {{ minute_of_day('supplement_completed_at') }} > 0
        else has_received_time
    end as has_limit_from_time,
    case
        when case_unknown_reason is null and is_supplement_due and supplement_policy = 'pause'
            then supplement_requested_at
    end as paused_from_at,
    case
        when case_unknown_reason is null and is_supplement_due and supplement_policy = 'pause'
            then supplement_completed_at
    end as paused_until_at
from reasoned
