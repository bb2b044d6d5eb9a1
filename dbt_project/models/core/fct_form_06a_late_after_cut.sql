with dossiers as (
    select
        source_system,
        agency_key,
        in_time_until_at,
        cast(due_at as date) as due_date,
        coalesce(field_name, 'unmapped') as field_name
    from {{ ref('fct_dossier_history') }}
    where is_current and is_open and not coalesce(is_waiting_for_citizen, false)
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

queues as (
    select * from {{ ref('dim_backlog_queue') }}
)

select
    queues.queue_number,
    count(*) as late_after_cut_count
from dossiers
inner join data_cuts on dossiers.source_system = data_cuts.source_system
inner join queues
    on
        dossiers.source_system = queues.source_system
        and dossiers.agency_key = queues.agency_key
        and dossiers.field_name = queues.field_name
where
    dossiers.due_date >= data_cuts.data_cut_date
    and dossiers.in_time_until_at >= data_cuts.data_cut_at
    and {{ half_month_number('dossiers.due_date') }} = {{ half_month_number('data_cuts.data_cut_date') }}
group by queues.queue_number
