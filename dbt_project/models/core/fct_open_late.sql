with data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

extractions as (
    select * from {{ ref('int_source_extractions') }}
),

open_late as (
    select
        dossiers.dossier_key,
        dossiers.source_system,
        dossiers.due_at,
        dossiers.has_due_time,
        dossiers.state_first_observed_at
    from {{ ref('fct_dossier_history') }} as dossiers
    inner join data_cuts on dossiers.source_system = data_cuts.source_system
    where
        dossiers.is_current
        and dossiers.is_unsettled
        and {{ outcome_at_cut('strict', 'data_cuts.data_cut_at', 'dossiers') }} = 'open_late'
)

select
    open_late.dossier_key,
    min(extractions.observed_at) as open_late_since_at
from open_late
inner join extractions on open_late.source_system = extractions.source_system
where
    extractions.observed_at >= open_late.state_first_observed_at
    and case
        when open_late.has_due_time then extractions.observed_at > open_late.due_at
        else extractions.observed_date > cast(open_late.due_at as date)
    end
group by open_late.dossier_key
