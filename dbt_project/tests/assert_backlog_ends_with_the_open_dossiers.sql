-- At the data cut the backlog is what the fact of dossiers calls open, and its part past due what that calls open late.
-- A row here means that a dossier is lost or counted twice on its way through the days; nothing may be published. The
-- data team looks at int_backlog_spells.
with backlog as (
    select
        queues.source_system,
        queues.agency_key,
        sum(spans.closing_count) as open_count,
        sum(spans.closing_past_due_count - coalesce(due_after_cut.due_after_cut_count, 0)) as open_late_count
    from {{ ref('fct_backlog_span') }} as spans
    inner join {{ ref('dim_backlog_queue') }} as queues on spans.queue_number = queues.queue_number
    inner join {{ ref('int_source_data_cuts') }} as data_cuts
        on
            queues.source_system = data_cuts.source_system
            and spans.from_date <= data_cuts.data_cut_date
            and (spans.to_date is null or spans.to_date > data_cuts.data_cut_date)
    left join {{ ref('fct_backlog_due_after_cut') }} as due_after_cut on spans.queue_number = due_after_cut.queue_number
    where spans.closing_count > 0
    group by queues.source_system, queues.agency_key
),

dossiers as (
    select
        source_system,
        agency_key,
        count(*) as open_count,
        sum(case when outcome_strict = 'open_late' then 1 else 0 end) as open_late_count
    from {{ ref('fct_procedure_timeliness') }}
    where is_open
    group by source_system, agency_key
)

select
    dossiers.source_system,
    dossiers.agency_key,
    backlog.agency_key as backlog_agency_key,
    dossiers.open_count,
    backlog.open_count as backlog_open_count
from dossiers
full outer join backlog
    on
        dossiers.source_system = backlog.source_system
        and dossiers.agency_key = backlog.agency_key
where
    dossiers.open_count is distinct from backlog.open_count
    or dossiers.open_late_count is distinct from backlog.open_late_count
