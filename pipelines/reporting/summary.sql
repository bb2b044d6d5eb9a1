-- One statement a name; `summary.py` reads them by their `-- name:` line.

-- name: files
select
    kind,
    count(*) as files,
    count(*) filter (where status = 'failed') as refused,
    sum(rows_read) as rows_read,
    sum(rows_accepted) as rows_accepted,
    sum(rows_quarantined) as rows_quarantined,
    sum(rows_repeated) as rows_repeated
from ops.ingestion_ledger
group by kind
order by rows_read desc, kind

-- name: refused_files
select
    relative_path,
    reason_code,
    remedy
from ops.ingestion_ledger
where status = 'failed'
order by relative_path

-- name: systems
select
    f.source_system,
    s.source_system_name,
    count(*) as dossiers,
    count(*) filter (where f.outcome_strict in ('late', 'open_late')) as late,
    count(*) filter (where f.outcome_strict in ('on_time', 'late', 'open_late')) as judged,
    max(f.data_cut_at) as data_cut_at
from core.fct_procedure_timeliness as f
inner join core.dim_source_system as s on f.source_system = s.source_system
group by f.source_system, s.source_system_name
order by dossiers desc, f.source_system

-- name: agencies
select
    a.agency_name,
    count(*) filter (where f.outcome_strict in ('on_time', 'late', 'open_late')) as judged,
    count(*) filter (where f.outcome_strict in ('late', 'open_late')) as late,
    count(*) filter (where f.outcome_strict = 'open_late') as open_late
from core.fct_procedure_timeliness as f
inner join core.dim_agency as a on f.agency_key = a.agency_key
inner join core.dim_source_system as s on f.source_system = s.source_system
where s.agency_register is not null
group by a.agency_key, a.agency_name
having judged >= $minimum
order by late / judged desc, late desc, a.agency_name
limit $most

-- name: registers
select distinct agency_register
from core.dim_source_system
where agency_register is not null and data_cut_at is not null -- dossiers are known of these
order by agency_register

-- name: flags
select
    r.rule_group,
    r.rule_id,
    r.title_vi,
    count(*) as flagged,
    count(*) filter (where s.agency_register is not null) as flagged_by_register
from quality.flagged_records as f
inner join quality.rules as r on f.rule_id = r.rule_id
inner join core.dim_source_system as s on f.source_system = s.source_system
group by r.rule_id, r.title_vi, r.rule_group
order by r.rule_group, flagged desc, r.rule_id
