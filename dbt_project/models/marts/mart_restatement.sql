-- depends_on: {{ ref('int_figures_touched') }}
with history as (
    select * from {{ ref('fct_dossier_history') }}
),

reports as (
    select * from {{ ref('int_first_reports') }}
),

late_moves as (
    select * from {{ ref('int_late_moves') }}
),

nights as (
    select * from {{ ref('int_source_nights') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

-- the only figures that may differ from their first report
figures as (
    select distinct
        late_moves.source_system,
        late_moves.agency_key,
        late_moves.period_month_date,
        reports.first_reported_date,
        reports.first_reported_cut_at
    from late_moves
    inner join reports
        on
            late_moves.source_system = reports.source_system
            and late_moves.period_month_date = reports.period_month_date
),

reported_versions as (
    select
        history.source_system,
        history.agency_key,
        history.period_month_date,
        history.is_unsettled,
        substring(history.on_time_profile_before_due, 1, {{ on_time_definition_ids() | length }}) as outcome_letters,
        {%- for id in on_time_definition_ids() %}
            history.{{ id }}_in_time_until_at,
        {%- endfor %}
        figures.first_reported_cut_at
    from history
    inner join figures
        on
            history.source_system = figures.source_system
            and history.agency_key = figures.agency_key
            and history.period_month_date = figures.period_month_date
    where
        cast(history.valid_from_at as date) <= figures.first_reported_date
        and (
            history.valid_to_at is null
            or cast(history.valid_to_at as date) > figures.first_reported_date
        )
),

reported_letters as (
    select
        reported_versions.source_system,
        reported_versions.agency_key,
        reported_versions.period_month_date,
        case
            when reported_versions.is_unsettled
                then {{ outcome_letters_at('reported_versions', 'reported_versions.first_reported_cut_at') }}
            else reported_versions.outcome_letters
        end as outcome_letters
    from reported_versions
),

reported_counts as (
    select
        source_system,
        agency_key,
        period_month_date,
        outcome_letters,
        count(*) as dossier_count
    from reported_letters
    group by source_system, agency_key, period_month_date, outcome_letters
),

reported_outcomes as (
    select
        reported_counts.source_system,
        reported_counts.agency_key,
        reported_counts.period_month_date,
        reported_counts.dossier_count,
        definitions.definition_id,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        {{ outcome_under('definitions.definition_id', 'reported_counts.outcome_letters') }} as outcome
    from reported_counts
    cross join definitions
),

first_figures as (
    select
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        {{ counted_dossiers(is_counted('outcome')) }} as first_judged_count,
        {{ counted_dossiers(is_counted_in_time('outcome')) }} as first_in_time_count
    from reported_outcomes
    group by source_system, agency_key, period_month_date, definition_id
),

-- what dossiers do on a night to the figure of an agency's month
moved_outcomes as (
    select
        late_moves.source_system,
        late_moves.agency_key,
        late_moves.period_month_date,
        late_moves.calendar_version,
        late_moves.night_date,
        late_moves.dossier_count,
        definitions.definition_id,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        case
            when late_moves.after_letters is not null
                then {{ outcome_under('definitions.definition_id', 'late_moves.after_letters') }}
        end as outcome,
        case
            when late_moves.before_letters is not null
                then {{ outcome_under('definitions.definition_id', 'late_moves.before_letters') }}
        end as previous_outcome
    from late_moves
    cross join definitions
),

changes as (
    select
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        calendar_version,
        night_date,
        {{ counted_dossiers(is_counted('outcome')) }}
        - {{ counted_dossiers(is_counted('previous_outcome')) }} as judged_change_count,
        {{ counted_dossiers(is_counted_in_time('outcome')) }}
        - {{ counted_dossiers(is_counted_in_time('previous_outcome')) }} as in_time_change_count,
        {{ counted_dossiers('previous_outcome is null') }} as entered_count,
        {{ counted_dossiers('outcome is null') }} as left_count,
        {{ counted_dossiers('outcome != previous_outcome') }} as outcome_changed_count
    from moved_outcomes
    group by source_system, agency_key, period_month_date, definition_id, calendar_version, night_date
),

compared as (
    select
        changes.*,
        figures.first_reported_date,
        coalesce(first_figures.first_judged_count, 0) as first_judged_count,
        coalesce(first_figures.first_in_time_count, 0) as first_in_time_count
    from changes
    inner join figures
        on
            changes.source_system = figures.source_system
            and changes.agency_key = figures.agency_key
            and changes.period_month_date = figures.period_month_date
    left join first_figures
        on
            changes.source_system = first_figures.source_system
            and changes.agency_key = first_figures.agency_key
            and changes.period_month_date = first_figures.period_month_date
            and changes.definition_id = first_figures.definition_id
),

running as (
    select
        *,
        first_judged_count + sum(judged_change_count) over (
            partition by source_system, agency_key, period_month_date, definition_id
            order by night_date asc nulls last
            rows between unbounded preceding and current row
        ) as after_judged_count,
        first_in_time_count + sum(in_time_change_count) over (
            partition by source_system, agency_key, period_month_date, definition_id
            order by night_date asc nulls last
            rows between unbounded preceding and current row
        ) as after_in_time_count
    from compared
),

rated as (
    select
        *,
        after_judged_count - judged_change_count as before_judged_count,
        after_in_time_count - in_time_change_count as before_in_time_count,
        {{ pct('first_in_time_count', 'first_judged_count') }} as first_on_time_pct,
        {{ pct('after_in_time_count - in_time_change_count', 'after_judged_count - judged_change_count') }}
            as before_on_time_pct,
        {{ pct('after_in_time_count', 'after_judged_count') }} as after_on_time_pct
    from running
    where judged_change_count != 0 or in_time_change_count != 0
),

deliveries as (
    select
        source_system,
        cast(observed_at as date) as night_date,
        count(*) as delivery_count
    from ledger
    where
        kind = 'dossiers'
        and status = 'accepted'
    group by source_system, cast(observed_at as date)
)

select
    rated.source_system,
    rated.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    rated.period_month_date,
    rated.definition_id,
    rated.night_date,
    rated.first_reported_date,
    rated.first_on_time_pct,
    rated.before_on_time_pct,
    rated.after_on_time_pct,
    rated.entered_count,
    rated.left_count,
    rated.outcome_changed_count,
    deliveries.delivery_count,
    definitions.formula_version,
    rated.calendar_version,
    nights.data_cut_at,
    'calendar_month' as period_type,
    cast(rated.first_judged_count as bigint) as first_judged_count,
    cast(rated.first_in_time_count as bigint) as first_in_time_count,
    cast(rated.before_judged_count as bigint) as before_judged_count,
    cast(rated.before_in_time_count as bigint) as before_in_time_count,
    cast(rated.after_judged_count as bigint) as after_judged_count,
    cast(rated.after_in_time_count as bigint) as after_in_time_count,
    cast(round(rated.after_on_time_pct - rated.before_on_time_pct, 2) as double) as on_time_change_points,
    cast(round(rated.after_on_time_pct - rated.first_on_time_pct, 2) as double) as on_time_change_since_first_points
from rated
inner join definitions on rated.definition_id = definitions.definition_id
inner join agencies on rated.agency_key = agencies.agency_key
inner join nights
    on
        rated.source_system = nights.source_system
        and rated.night_date = nights.date_day
inner join deliveries
    on
        rated.source_system = deliveries.source_system
        and rated.night_date = deliveries.night_date
