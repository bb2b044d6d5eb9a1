with versions as (
    select * from {{ ref('int_outcome_portal_stated') }}
    where is_current
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
)

select
    versions.dossier_key,
    versions.status_code,
    versions.is_accepted,
    versions.is_closed,
    data_cuts.data_cut_at,
    data_cuts.data_cut_date,
    versions.portal_basis,
    versions.is_ended_without_result,
    versions.is_result_ready,
    versions.due_at is not null as has_due,
    versions.supplement_count > 1 as has_many_supplements,
    versions.is_waiting or versions.is_paying as is_waiting_for_citizen,
    {% for id in on_time_definition_ids() %}
        {{ outcome_at_cut(id, 'data_cuts.data_cut_at', 'versions') }} as outcome_{{ id }},
    {% endfor %}
    {{ is_open('versions') }} as is_open
from versions
inner join data_cuts on versions.source_system = data_cuts.source_system
