-- At the data cut the backlog is what the fact of dossiers calls open, and its part past due what that calls open late.
-- A row here means that a dossier is lost or counted twice on its way through the days; nothing may be published. The
-- data team looks at int_backlog_spells.
with backlog as (
    select
        backlog.source_system,
        backlog.agency_key,
        sum(backlog.closing_count) as open_count,
        sum(backlog.closing_past_due_count) as open_late_count
    from {{ ref('fct_backlog_daily') }} as backlog
    inner join {{ ref('int_source_data_cuts') }} as data_cuts
        on
            backlog.source_system = data_cuts.source_system
            and backlog.date_day = data_cuts.data_cut_date
    where backlog.closing_count > 0
    group by backlog.source_system, backlog.agency_key
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
