with history as (
    select * from {{ ref('fct_dossier_history') }}
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

-- a night shows what held at its end; what came and went within one day was never reported
versions as (
    select
        dossier_key,
        source_system,
        calendar_version,
        agency_key,
        period_month_date,
        {%- for id in on_time_definition_ids() %}
            outcome_{{ id }}_before_due,
            {{ id }}_in_time_until_at,
            greatest(cast({{ id }}_in_time_until_at as date), cast(valid_from_at as date)) as {{ id }}_expiry_date,
        {%- endfor %}
        cast(valid_from_at as date) as from_date,
        cast(valid_to_at as date) as to_date
    from history
    where
        valid_to_at is null
        or cast(valid_from_at as date) < cast(valid_to_at as date)
),

-- an open dossier is late from the first data cut after its last moment in time
expiring as (
    select
        versions.*,
        {% for id in on_time_definition_ids() %}
            case
                when versions.outcome_{{ id }}_before_due != 'open_in_time' then null
                when versions.{{ id }}_in_time_until_at is null then null
                when {{ id }}_nights.data_cut_at > versions.{{ id }}_in_time_until_at then {{ id }}_nights.date_day
                else {{ id }}_nights.next_night_date
            end as {{ id }}_open_late_date{% if not loop.last %},{% endif %}
        {% endfor %}
    from versions
    {% for id in on_time_definition_ids() %}
        left join nights as {{ id }}_nights
            on
                versions.source_system = {{ id }}_nights.source_system
                and versions.{{ id }}_expiry_date = {{ id }}_nights.date_day
    {% endfor %}
),

followed as (
    select
        *,
        {%- for id in on_time_definition_ids() %}
            lag(outcome_{{ id }}_before_due) over (
                partition by dossier_key order by from_date asc nulls last
            ) as previous_{{ id }}_before_due,
            lag({{ id }}_open_late_date) over (
                partition by dossier_key order by from_date asc nulls last
            ) as previous_{{ id }}_open_late_date,
        {%- endfor %}
        lag(agency_key) over (partition by dossier_key order by from_date asc nulls last) as previous_agency_key,
        lag(period_month_date) over (
            partition by dossier_key order by from_date asc nulls last
        ) as previous_period_month_date
    from expiring
),

-- a new version, and the night an open one turns late
judged as (
    {%- for id in on_time_definition_ids() %}
        select
            source_system,
            calendar_version,
            from_date as night_date,
            agency_key,
            period_month_date,
            previous_agency_key,
            previous_period_month_date,
            '{{ id }}' as definition_id,
            case
                when {{ id }}_open_late_date = from_date then 'open_late' else outcome_{{ id }}_before_due
            end
                as outcome,
            case
                when previous_{{ id }}_open_late_date < from_date then 'open_late'
                else previous_{{ id }}_before_due
            end as previous_outcome,
            coalesce(
                agency_key = previous_agency_key
                and period_month_date = previous_period_month_date,
                false
            ) as has_stayed
        from followed

        union all

        select
            source_system,
            calendar_version,
            {{ id }}_open_late_date as night_date,
            agency_key,
            period_month_date,
            agency_key as previous_agency_key,
            period_month_date as previous_period_month_date,
            '{{ id }}' as definition_id,
            'open_late' as outcome,
            'open_in_time' as previous_outcome,
            true as has_stayed
        from followed
        where
            {{ id }}_open_late_date > from_date
            and (to_date is null or {{ id }}_open_late_date < to_date)
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

-- what a dossier does on a night to the figure of an agency's month
moves as (
    select
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        calendar_version,
        night_date,
        outcome,
        case when has_stayed then previous_outcome end as previous_outcome,
        case when has_stayed then 'changed' else 'entered' end as kind_of_move
    from judged
    where
        not has_stayed
        or outcome is distinct from previous_outcome

    union all

    select
        source_system,
        previous_agency_key as agency_key,
        previous_period_month_date as period_month_date,
        definition_id,
        calendar_version,
        night_date,
        cast(null as string) as outcome,
        previous_outcome,
        'left' as kind_of_move
    from judged
    where
        not has_stayed
        and previous_agency_key is not null
),

counted as (
    select
        moves.*,
        definitions.counts_open_late,
        definitions.counts_open_in_time
    from moves
    inner join definitions on moves.definition_id = definitions.definition_id
),

changes as (
    select
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        calendar_version,
        night_date,
        count(*) filter (where {{ is_counted('outcome') }})
        - count(*) filter (where {{ is_counted('previous_outcome') }}) as judged_change_count,
        count(*) filter (where {{ is_counted_in_time('outcome') }})
        - count(*) filter (where {{ is_counted_in_time('previous_outcome') }}) as in_time_change_count,
        count(*) filter (where kind_of_move = 'entered') as entered_count,
        count(*) filter (where kind_of_move = 'left') as left_count,
        count(*) filter (where kind_of_move = 'changed') as outcome_changed_count
    from counted
    group by source_system, agency_key, period_month_date, definition_id, calendar_version, night_date
),

bounds as (
    select distinct
        source_system,
        before_first_date
    from nights
),

months as (
    select distinct
        changes.source_system,
        changes.period_month_date,
        greatest(
            {{ add_days(add_months('changes.period_month_date', 1), -1) }}, bounds.before_first_date
        ) as last_date
    from changes
    inner join bounds on changes.source_system = bounds.source_system
),

-- the rule: a month is first reported on the first night that was extracted after its last day
first_reports as (
    select
        months.source_system,
        months.period_month_date,
        nights.next_night_date as first_reported_date
    from months
    inner join nights
        on
            months.source_system = nights.source_system
            and months.last_date = nights.date_day
),

reported as (
    select
        changes.*,
        first_reports.first_reported_date
    from changes
    inner join first_reports
        on
            changes.source_system = first_reports.source_system
            and changes.period_month_date = first_reports.period_month_date
),

running as (
    select
        *,
        sum(judged_change_count) over (
            partition by source_system, agency_key, period_month_date, definition_id
            order by night_date asc nulls last
            rows between unbounded preceding and current row
        ) as after_judged_count,
        sum(in_time_change_count) over (
            partition by source_system, agency_key, period_month_date, definition_id
            order by night_date asc nulls last
            rows between unbounded preceding and current row
        ) as after_in_time_count,
        sum(case when night_date <= first_reported_date then judged_change_count else 0 end) over (
            partition by source_system, agency_key, period_month_date, definition_id
        ) as first_judged_count,
        sum(case when night_date <= first_reported_date then in_time_change_count else 0 end) over (
            partition by source_system, agency_key, period_month_date, definition_id
        ) as first_in_time_count
    from reported
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
    where
        night_date > first_reported_date
        and (judged_change_count != 0 or in_time_change_count != 0)
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
