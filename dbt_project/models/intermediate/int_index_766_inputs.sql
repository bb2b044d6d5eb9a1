with agencies as (
    select * from {{ ref('dim_agency') }}
    where agency_register is not null
),

-- the index judges timeliness by its own definition
timeliness as (
    select
        agency_key,
        period_month_date,
        sum(in_time_count) as in_time_count,
        sum(judged_count) as judged_count,
        max(calendar_version) as calendar_version,
        min(data_cut_at) as data_cut_at
    from {{ ref('mart_agency_month') }}
    where definition_id = 'q766'
    group by agency_key, period_month_date
),

channels as (
    select
        counts.agency_key,
        counts.received_month_date as period_month_date,
        sum(case when counts.channel_code = 'online' then counts.dossier_count else 0 end) as online_count,
        sum(counts.dossier_count) as dossier_count,
        min(data_cuts.data_cut_at) as data_cut_at
    from {{ ref('int_channel_months') }} as counts
    inner join {{ ref('int_source_data_cuts') }} as data_cuts on counts.source_system = data_cuts.source_system
    group by counts.agency_key, counts.received_month_date
),

dislikes as (
    select
        agency_key,
        period_month_date,
        sum(answered_count - satisfied_count) as disliked_count
    from {{ ref('mart_agency_month_satisfaction') }}
    group by agency_key, period_month_date
),

-- the rule takes the share that is late and the share that is disliked from 100 %
undisturbed as (
    select
        timeliness.agency_key,
        timeliness.period_month_date,
        timeliness.judged_count,
        timeliness.calendar_version,
        timeliness.data_cut_at,
        greatest(timeliness.in_time_count - coalesce(dislikes.disliked_count, 0), 0) as undisturbed_count
    from timeliness
    left join dislikes
        on
            timeliness.agency_key = dislikes.agency_key
            and timeliness.period_month_date = dislikes.period_month_date
),

inputs as (
    select
        agency_key,
        period_month_date,
        'processed_in_time' as input_code,
        in_time_count as numerator_count,
        judged_count as denominator_count,
        calendar_version,
        data_cut_at
    from timeliness

    union all

    select
        agency_key,
        period_month_date,
        'neither_late_nor_disliked' as input_code,
        undisturbed_count as numerator_count,
        judged_count as denominator_count,
        calendar_version,
        data_cut_at
    from undisturbed

    union all

    select
        agency_key,
        period_month_date,
        'submitted_online' as input_code,
        online_count as numerator_count,
        dossier_count as denominator_count,
        cast(null as string) as calendar_version,
        data_cut_at
    from channels
),

of_agencies as (
    select
        inputs.*,
        agencies.agency_register
    from inputs
    inner join agencies on inputs.agency_key = agencies.agency_key
),

-- a register of one province: everything in it is the province's, also what no agency could be told of
provinces as (
    select
        agency_register,
        min(agency_key) as agency_key
    from agencies
    where agency_level = 'province' and valid_to_date is null
    group by agency_register
    having count(*) = 1
),

scoped as (
    select
        'agency' as unit_scope,
        agency_key,
        period_month_date,
        input_code,
        numerator_count,
        denominator_count,
        calendar_version,
        data_cut_at
    from of_agencies

    union all

    select
        'province' as unit_scope,
        provinces.agency_key,
        of_agencies.period_month_date,
        of_agencies.input_code,
        sum(of_agencies.numerator_count) as numerator_count,
        sum(of_agencies.denominator_count) as denominator_count,
        max(of_agencies.calendar_version) as calendar_version,
        min(of_agencies.data_cut_at) as data_cut_at
    from of_agencies
    inner join provinces on of_agencies.agency_register = provinces.agency_register
    group by provinces.agency_key, of_agencies.period_month_date, of_agencies.input_code
)

select
    unit_scope,
    agency_key,
    period_month_date,
    input_code,
    cast(numerator_count as bigint) as numerator_count,
    cast(denominator_count as bigint) as denominator_count,
    calendar_version,
    data_cut_at
from scoped
