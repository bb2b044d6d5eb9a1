{#-
  mart, input, numerator, denominator, month, calendar, rows: what is not delivered has no row, what is delivered and is
  nothing has a zero.
-#}
{%- set q766 = "definition_id = 'q766'" -%}
{%- set month, received, calendar = 'period_month_date', 'received_month_date', 'calendar_version' -%}
{%- set paid, digitised = 'fee_known_dossier_count > 0', 'digitisation_known_dossier_count > 0' -%}
{%- set on_time, online, rated, petitions =
    'mart_agency_month', 'mart_agency_month_online', 'mart_agency_month_satisfaction', 'mart_petition_month' -%}
{%- set counts = [
    (on_time, 'processed_in_time', 'in_time_count', 'judged_count', month, calendar, q766),
    (online, 'processed_in_time', '0', '0', received, 'null', 'true'),
    (on_time, 'neither_late_nor_disliked', 'in_time_count', 'judged_count', month, calendar, q766),
    (online, 'neither_late_nor_disliked', '0', '0', received, 'null', 'true'),
    (rated, 'neither_late_nor_disliked', 'satisfied_count - answered_count', '0', month, 'null', 'true'),
    (online, 'submitted_online', 'online_dossier_count', 'dossier_count', received, 'null', 'true'),
    (on_time, 'submitted_online', '0', '0', month, calendar, q766),
    (online, 'paid_online', 'online_paid_dossier_count', 'obligation_dossier_count', received, 'null', paid),
    (online, 'electronic_results', 'electronic_result_count', 'result_count', received, 'null', digitised),
    (online, 'digitised_papers', 'digitised_component_count', 'component_count', received, 'null', digitised),
    (online, 'reused_papers', 'reused_component_count', 'component_count', received, 'null', digitised),
    (online, 'stored_papers', 'personal_store_component_count', 'component_count', received, 'null', digitised),
    (petitions, 'petitions_in_time', 'resolve_in_time_count', 'resolve_judged_count', month, calendar, 'true'),
    (petitions, 'petitions_satisfied', 'marked_count - unsatisfied_count', 'marked_count', month, calendar, 'true'),
] -%}
with agencies as (
    select * from {{ ref('dim_agency') }}
    where agency_register is not null
),

delivered as (
    {% for mart, input, numerator, denominator, period, version, condition in counts %}
        select
            agency_key,
            {{ period }} as period_month_date,
            '{{ input }}' as input_code,
            data_cut_at,
            {{ denominator }} as denominator_count,
            {{ version }} as calendar_version,
            {{ numerator }} as numerator_count
        from {{ ref(mart) }}
        where {{ condition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

of_units as (
    select
        delivered.*,
        agencies.agency_register
    from delivered
    inner join agencies on delivered.agency_key = agencies.agency_key
),

-- from the first petition of a register on, an agency without one had none
petition_months as (
    select
        agency_register,
        cast(date_trunc('month', max(data_cut_at)) as date) as last_month_date,
        min(period_month_date) as first_month_date
    from of_units
    where input_code in ('petitions_in_time', 'petitions_satisfied')
    group by agency_register
),

without_petition as (
    select distinct
        of_units.agency_key,
        of_units.agency_register,
        of_units.period_month_date,
        of_units.data_cut_at
    from of_units
    inner join petition_months
        on
            of_units.agency_register = petition_months.agency_register
            and of_units.period_month_date >= petition_months.first_month_date
            and of_units.period_month_date <= petition_months.last_month_date
),

complete as (
    select
        agency_key,
        agency_register,
        period_month_date,
        input_code,
        numerator_count,
        denominator_count,
        calendar_version,
        data_cut_at
    from of_units
    {%- for input in ['petitions_in_time', 'petitions_satisfied'] %}

        union all

        select
            agency_key,
            agency_register,
            period_month_date,
            '{{ input }}' as input_code,
            0 as numerator_count,
            0 as denominator_count,
            cast(null as string) as calendar_version,
            data_cut_at
        from without_petition
    {%- endfor %}
),

-- more dislikes than dossiers in time leave nothing, and no portal can count more papers than there are
summed as (
    select
        agency_key,
        agency_register,
        period_month_date,
        input_code,
        least(greatest(sum(numerator_count), 0), sum(denominator_count)) as numerator_count,
        sum(denominator_count) as denominator_count,
        max(calendar_version) as calendar_version,
        min(data_cut_at) as data_cut_at
    from complete
    group by agency_key, agency_register, period_month_date, input_code
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
    from summed

    union all

    select
        'province' as unit_scope,
        provinces.agency_key,
        summed.period_month_date,
        summed.input_code,
        sum(summed.numerator_count) as numerator_count,
        sum(summed.denominator_count) as denominator_count,
        max(summed.calendar_version) as calendar_version,
        min(summed.data_cut_at) as data_cut_at
    from summed
    inner join provinces on summed.agency_register = provinces.agency_register
    group by provinces.agency_key, summed.period_month_date, summed.input_code
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
