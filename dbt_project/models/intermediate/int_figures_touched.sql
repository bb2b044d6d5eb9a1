-- depends_on: {{ ref('fct_dossier_history') }}, {{ ref('int_dossiers_before') }}, {{ ref('int_dossiers_touched') }}
-- depends_on: {{ ref('int_first_reports') }}, {{ ref('ingestion_ledger') }}, {{ source('built', 'built_files') }}
{% if is_night() %}

with reports as (
    select * from {{ ref('int_first_reports') }}
),

extractions as (
    select
        ledger.source_system,
        ledger.observed_at,
        built.file_sha256 is null as is_new
    from {{ ref('ingestion_ledger') }} as ledger
    left join {{ source('built', 'built_files') }} as built
        on
            ledger.kind = built.kind
            and ledger.file_sha256 = built.file_sha256
    where
        ledger.kind = 'dossiers'
        and ledger.status = 'accepted'
),

-- a night between others, or told of again, changes when months were first reported, and what was late then
nights as (
    select
        source_system,
        max(observed_at) as data_cut_at,
        max(case when not is_new then observed_at end) as data_cut_before_at,
        coalesce(
            min(case when is_new then cast(observed_at as date) end)
            <= max(case when not is_new then cast(observed_at as date) end),
            false
        ) as is_past_told_anew
    from extractions
    group by source_system
    having max(case when is_new then 1 else 0 end) = 1
),

spoken_of as (
    select
        source_system,
        agency_key,
        period_month_date
    from {{ ref('int_dossiers_before') }}

    union distinct

    select
        source_system,
        agency_key,
        period_month_date
    from {{ ref('fct_dossier_history') }} as history
    where {{ is_of_this_run() }}

    union distinct

    -- what turns late between the data cuts, whether or not anything was said of it
    select
        history.source_system,
        history.agency_key,
        history.period_month_date
    from {{ ref('fct_dossier_history') }} as history
    inner join nights on history.source_system = nights.source_system
    where
        history.is_current
        and history.is_unsettled
        and (
            {%- for id in on_time_definition_ids() %}
                (
                    history.{{ id }}_in_time_until_at >= nights.data_cut_before_at
                    and history.{{ id }}_in_time_until_at < nights.data_cut_at
                )
                {%- if not loop.last %}
                    or
                {%- endif %}
            {%- endfor %}
        )
)

select
    spoken_of.source_system,
    spoken_of.agency_key,
    spoken_of.period_month_date
from spoken_of
inner join nights on spoken_of.source_system = nights.source_system
-- a month that is not reported yet, or with this night for the first time, has nothing to restate
inner join reports
    on
        spoken_of.source_system = reports.source_system
        and spoken_of.period_month_date = reports.period_month_date
        and cast(nights.data_cut_at as date) > reports.first_reported_date
where not nights.is_past_told_anew

union distinct

select
    history.source_system,
    history.agency_key,
    history.period_month_date
from {{ ref('fct_dossier_history') }} as history
inner join nights on history.source_system = nights.source_system
where nights.is_past_told_anew

union distinct

select
    before.source_system,
    before.agency_key,
    before.period_month_date
from {{ ref('int_dossiers_before') }} as before
inner join nights on before.source_system = nights.source_system
where nights.is_past_told_anew

{% else %}

    -- a run of the whole asks of no figure
    select
        cast(null as string) as source_system,
        cast(null as string) as agency_key,
        cast(null as date) as period_month_date
    where false

{% endif %}
