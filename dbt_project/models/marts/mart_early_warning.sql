-- grain: a dossier open at the data cut. A view: what the night decides is looked up for the open ones alone.
with dossiers as (
    select * from {{ ref('fct_dossier_history') }}
    where is_current and is_open
),

data_cuts as (
    select * from {{ ref('dim_data_cut') }}
),

cells as (
    select * from {{ ref('fct_lateness_cell') }}
),

minimums as (
    select
        minimum_count,
        valid_from_date,
        valid_to_date
    from {{ ref('measure_minimums') }}
    where measure = 'lateness_history'
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

tested as (
    select
        source_system,
        min(case when is_better_than_naive then 1 else 0 end) = 1 as is_better_than_naive
    from {{ ref('mart_early_warning_backtest') }}
    group by source_system
),

points as (
    {{ share_points() }}
),

pseudo_counts as (
    select
        data_cuts.source_system,
        {%- for level in early_warning_levels() %}
            max(levels.pseudo_count) filter (where levels.level_code = '{{ level }}') as {{ level }}_pseudo_count,
        {%- endfor %}
        data_cuts.timesheet_code
    from data_cuts
    inner join {{ ref('early_warning_levels') }} as levels
        on
            cast(data_cuts.data_cut_at as date) >= levels.valid_from_date
            and coalesce(cast(data_cuts.data_cut_at as date) < levels.valid_to_date, true)
    group by data_cuts.source_system, data_cuts.timesheet_code
),

-- the step begun last
present_steps as (
    select
        dossier_key,
        step_name
    from {{ ref('fct_processing_step') }}
    where
        dossier_key is not null
        and step_name is not null
        and not is_final
        and dossier_key in (select dossiers.dossier_key from dossiers)
    qualify row_number() over (
        partition by dossier_key
        order by started_at desc nulls last, step_number desc nulls last
    ) = 1
),

clocked as (
    select
        dossiers.*,
        data_cuts.data_cut_at,
        data_cuts.cut_working_minutes,
        data_cuts.cut_working_day_ordinal,
        {{ outcome_at_cut('strict', 'data_cuts.data_cut_at', 'dossiers') }} as outcome,
        {{ share_counted_in('dossiers') }} as counted_in
    from dossiers
    inner join data_cuts
        on
            dossiers.source_system = data_cuts.source_system
            and dossiers.timesheet_code = data_cuts.timesheet_code
),

used as (
    select
        *,
        {{ allowed_amount('clocked', 'counted_in') }} as allowed_amount,
        {{ used_amount_at('clocked', 'counted_in', 'cut_working_minutes', 'cut_working_day_ordinal', 'data_cut_at') }}
            as used_amount
    from clocked
),

placed as (
    select
        used.*,
        points.bin_number,
        present_steps.step_name,
        coalesce(used.field_name, 'unmapped') as known_field_name
    from used
    left join points
        on
            used.outcome = 'open_in_time'
            and used.counted_in is not null
            and {{ share_point('used.used_amount', 'used.allowed_amount') }} = points.share_point
    left join present_steps on used.dossier_key = present_steps.dossier_key
),

counted as (
    select
        placed.*,
        {%- for level in early_warning_levels() %}
            {{ level }}_cell.reached_count as {{ level }}_reached_count,
            {{ level }}_cell.late_count as {{ level }}_late_count,
            pseudo_counts.{{ level }}_pseudo_count,
        {%- endfor %}
        coalesce(minimums.minimum_count, 1) as minimum_count
    from placed
    inner join pseudo_counts
        on
            placed.source_system = pseudo_counts.source_system
            and placed.timesheet_code = pseudo_counts.timesheet_code
    left join minimums
        on
            cast(placed.data_cut_at as date) >= minimums.valid_from_date
            and coalesce(cast(placed.data_cut_at as date) < minimums.valid_to_date, true)
    {%- for level, columns in early_warning_levels().items() %}
        left join cells as {{ level }}_cell
            on
                placed.source_system = {{ level }}_cell.source_system
                and {{ level }}_cell.level_code = '{{ level }}'
                and placed.bin_number = {{ level }}_cell.bin_number
                {%- for column in columns %}
                    and placed.{{ 'known_field_name' if column == 'field_name' else column }}
                    = {{ level }}_cell.{{ column }}
                {%- endfor %}
    {%- endfor %}
),

{%- for level in early_warning_levels() %}

    leaning_{{ loop.index }} as (
        select
            *,
            {{ leaning_chance(
                level ~ '_late_count', level ~ '_reached_count',
                'cast(null as double)' if loop.first else 'chance_' ~ (loop.index - 1), level ~ '_pseudo_count'
            ) }} as chance_{{ loop.index }}
        from {{ 'counted' if loop.first else 'leaning_' ~ (loop.index - 1) }}
    ),
{%- endfor %}

leaned as (
    select
        *, -- noqa: AM04
        chance_{{ early_warning_levels() | length }} as chance
    from leaning_{{ early_warning_levels() | length }}
),

reasoned as (
    select
        leaned.*,
        case
            when leaned.outcome = 'open_late' then null
            when leaned.bin_number is null then 'cannot_tell'
            when coalesce(leaned.system_reached_count, 0) < leaned.minimum_count then 'too_few'
            when tested.is_better_than_naive is null then 'not_tested'
            when not tested.is_better_than_naive then 'not_better_than_naive'
        end as no_chance_reason,
        case
            {%- for level in early_warning_levels() | list | reverse %}
                when leaned.{{ level }}_reached_count > 0 then '{{ level }}'
            {%- endfor %}
        end as finest_level_code
    from leaned
    left join tested on leaned.source_system = tested.source_system
)

select
    reasoned.dossier_key,
    reasoned.source_system,
    reasoned.dossier_code,
    reasoned.agency_key,
    reasoned.agency_code,
    agencies.agency_name,
    reasoned.procedure_key,
    reasoned.procedure_code,
    reasoned.procedure_name,
    reasoned.field_name,
    reasoned.step_name,
    reasoned.status_code,
    reasoned.received_at,
    reasoned.due_at,
    reasoned.has_due_time,
    reasoned.counted_in,
    cast(round(100.0 * reasoned.used_amount / nullif(reasoned.allowed_amount, 0), 2) as double) as elapsed_share_pct,
    case when reasoned.counted_in != 'calendar' then reasoned.due_working_minutes - reasoned.cut_working_minutes end
        as left_working_minutes,
    case
        when reasoned.counted_in != 'calendar'
            then reasoned.due_working_day_ordinal + reasoned.due_moved_days - reasoned.cut_working_day_ordinal
    end as left_working_days,
    {{ days_between('cast(reasoned.data_cut_at as date)', 'cast(reasoned.due_at as date)') }} as left_days,
    reasoned.outcome as outcome_strict,
    case
        when reasoned.outcome = 'open_late' then 100.0
        when reasoned.no_chance_reason is null then cast(round(100.0 * reasoned.chance, 2) as double)
    end as chance_late_pct,
    reasoned.no_chance_reason,
    case
        when reasoned.outcome = 'open_late' then 'past_due'
        when reasoned.no_chance_reason is null then reasoned.finest_level_code
    end as level_code,
    case
        when reasoned.outcome = 'open_late' or reasoned.no_chance_reason is not null then cast(null as bigint)
        {%- for level in early_warning_levels() | list | reverse %}
            when reasoned.finest_level_code = '{{ level }}' then reasoned.{{ level }}_reached_count
        {%- endfor %}
    end as reached_count,
    case
        when reasoned.outcome = 'open_late' or reasoned.no_chance_reason is not null then cast(null as bigint)
        {%- for level in early_warning_levels() | list | reverse %}
            when reasoned.finest_level_code = '{{ level }}' then reasoned.{{ level }}_late_count
        {%- endfor %}
    end as reached_late_count,
    reasoned.data_cut_at,
    reasoned.calendar_version,
    reasoned.formula_version
from reasoned
inner join agencies on reasoned.agency_key = agencies.agency_key
