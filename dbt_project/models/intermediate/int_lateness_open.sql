-- grain: as int_lateness_history. What is open past due at the data cut is known to be late, so leaving it open hides
-- nothing; what is open and not yet due is not known, and left out.
with dossiers as (
    select
        history.*,
        {{ share_counted_in('history') }} as counted_in
    from {{ ref('fct_dossier_history') }} as history
    inner join {{ ref('int_source_data_cuts') }} as data_cuts on history.source_system = data_cuts.source_system
    where
        history.is_current
        and history.is_unsettled
        and {{ outcome_at_cut('strict', 'data_cuts.data_cut_at', 'history') }} = 'open_late'
),

last_bin as (
    select max(bin_number) as bin_number from {{ ref('early_warning_bins') }}
)

select
    dossiers.source_system,
    dossiers.procedure_key,
    dossiers.agency_key,
    true as is_late,
    last_bin.bin_number,
    coalesce(dossiers.field_name, 'unmapped') as field_name,
    count(*) as dossier_count
from dossiers
cross join last_bin
where dossiers.counted_in is not null
group by
    dossiers.source_system,
    coalesce(dossiers.field_name, 'unmapped'),
    dossiers.procedure_key,
    dossiers.agency_key,
    last_bin.bin_number
