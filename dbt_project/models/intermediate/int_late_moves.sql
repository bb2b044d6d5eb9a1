-- depends_on: {{ ref('int_figures_touched') }}
{%- set letter_count = on_time_definition_ids() | length %}
with history as (
    select history.*
    from {{ ref('fct_dossier_history') }} as history
    {%- if is_night() %}
    inner join {{ ref('int_figures_touched') }} as touched
        on
            history.source_system = touched.source_system
            and history.agency_key = touched.agency_key
            and history.period_month_date = touched.period_month_date
    {%- endif %}
),

reports as (
    select * from {{ ref('int_first_reports') }}
),

days as (
    select * from {{ ref('int_source_nights') }}
),

nights as (
    select
        source_system,
        date_day as night_date,
        data_cut_at,
        lag(data_cut_at) over (partition by source_system order by date_day asc nulls last) as previous_cut_at
    from days
    where data_cut_at is not null
),

-- the few versions of which something happens after the first report of their month: they begin, end or turn late.
-- A night shows what held at its end; what came and went within one day was never reported
versions as (
    select
        history.dossier_key,
        history.source_system,
        history.agency_key,
        history.period_month_date,
        history.calendar_version,
        history.is_unsettled,
        substring(history.on_time_profile_before_due, 1, {{ letter_count }}) as outcome_letters,
        {%- for id in on_time_definition_ids() %}
            history.{{ id }}_in_time_until_at,
        {%- endfor %}
        cast(history.valid_from_at as date) as from_date,
        cast(history.valid_to_at as date) as to_date,
        reports.first_reported_date
    from history
    inner join reports
        on
            history.source_system = reports.source_system
            and history.period_month_date = reports.period_month_date
    where
        (
            history.valid_to_at is null
            or cast(history.valid_from_at as date) < cast(history.valid_to_at as date)
        )
        and (
            cast(history.valid_from_at as date) > reports.first_reported_date
            or cast(history.valid_to_at as date) > reports.first_reported_date
            or (
                history.is_unsettled
                and greatest(
                    {%- for id in on_time_definition_ids() %}
                        history.{{ id }}_in_time_until_at{{ ',' if not loop.last }}
                    {%- endfor %}
                ) >= reports.first_reported_cut_at
            )
        )
),

begun as (
    select
        versions.*,
        nights.night_date,
        cast(null as string) as before_letters,
        {{ outcome_letters_at('versions', 'nights.data_cut_at') }} as after_letters
    from versions
    inner join nights
        on
            versions.source_system = nights.source_system
            and versions.from_date = nights.night_date
    where versions.from_date > versions.first_reported_date
),

ended as (
    select
        versions.*,
        nights.night_date,
        {{ outcome_letters_at('versions', 'nights.previous_cut_at') }} as before_letters,
        cast(null as string) as after_letters
    from versions
    inner join nights
        on
            versions.source_system = nights.source_system
            and versions.to_date = nights.night_date
    where versions.to_date > versions.first_reported_date
),

-- an open dossier is late from the first data cut after its last moment in time
expired as (
    {%- for id in on_time_definition_ids() %}
        select
            versions.*,
            case
                when days.data_cut_at > versions.{{ id }}_in_time_until_at then days.date_day
                else days.next_night_date
            end as night_date
        from versions
        inner join days
            on
                versions.source_system = days.source_system
                and greatest(cast(versions.{{ id }}_in_time_until_at as date), versions.from_date) = days.date_day
        where
            versions.is_unsettled
            and substring(versions.outcome_letters, {{ loop.index }}, 1) = 'o'
        {% if not loop.last %}
            union distinct
        {% endif %}
    {%- endfor %}
),

turned_late as (
    select
        expired.*,
        {{ outcome_letters_at('expired', 'nights.previous_cut_at') }} as before_letters,
        {{ outcome_letters_at('expired', 'nights.data_cut_at') }} as after_letters
    from expired
    inner join nights
        on
            expired.source_system = nights.source_system
            and expired.night_date = nights.night_date
    where
        expired.night_date > expired.first_reported_date
        and expired.night_date > expired.from_date
        and (expired.to_date is null or expired.night_date < expired.to_date)
),

events as (
    {%- for relation in ['begun', 'ended', 'turned_late'] %}
        select
            dossier_key,
            source_system,
            agency_key,
            period_month_date,
            calendar_version,
            night_date,
            before_letters,
            after_letters
        from {{ relation }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

-- one version that ends in a figure and another that begins there the same night: the dossier has stayed
moves as (
    select
        dossier_key,
        source_system,
        agency_key,
        period_month_date,
        calendar_version,
        night_date,
        max(before_letters) as before_letters,
        max(after_letters) as after_letters
    from events
    group by dossier_key, source_system, agency_key, period_month_date, calendar_version, night_date
)

select
    source_system,
    agency_key,
    period_month_date,
    calendar_version,
    night_date,
    before_letters,
    after_letters,
    count(*) as dossier_count
from moves
where before_letters is distinct from after_letters
group by
    source_system,
    agency_key,
    period_month_date,
    calendar_version,
    night_date,
    before_letters,
    after_letters
