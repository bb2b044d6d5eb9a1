with deliveries as (
    select * from {{ ref('int_dossier_deliveries') }}
),

often_told as (
    select * from {{ ref('int_dossiers_often_told') }}
),

history as (
    select * from {{ ref('int_dossier_history') }}
),

supplements as (
    select * from {{ ref('int_dossier_supplements') }}
),

due_changes as (
    select * from {{ ref('int_dossier_due_changes') }}
),

told_once as (
    select
        deliveries.*,
        {{ stated_supplement_count('deliveries') }} as stated_supplement_count,
        cast(case when deliveries.status_code = 'supplement_requested' then 1 else 0 end as bigint)
            as observed_supplement_count,
        {{ agency_anchor_date('deliveries', 'deliveries.observed_at') }} as agency_anchor_date
    from deliveries
    left join often_told on deliveries.dossier_key = often_told.dossier_key
    where often_told.dossier_key is null
),

-- nothing to follow: one version, known since its only extraction
first_versions as (
    select
        {{ listed(said_columns()) }},
        procedure_code as delivered_procedure_code,
        procedure_name as delivered_procedure_name,
        field_name as delivered_field_name,
        agency_code as delivered_agency_code,
        cast(1 as bigint) as version_number,
        true as is_current,
        true as is_listed,
        observed_at as valid_from_at,
        cast(null as timestamp) as valid_to_at,
        observed_at as first_observed_at,
        observed_at as last_observed_at,
        observed_at as state_first_observed_at,
        cast(1 as bigint) as observation_count,
        cast(null as timestamp) as no_longer_listed_since_at,
        cast(null as boolean) as is_absence_certain,
        agency_anchor_date,
        case when status_code is not null then observed_at end as status_since_at,
        stated_supplement_count,
        {{ supplement_count('stated_supplement_count', 'observed_supplement_count') }} as supplement_count,
        {{ supplement_count_basis('stated_supplement_count', 'observed_supplement_count') }} as supplement_count_basis,
        due_at as first_due_at,
        due_at as last_due_at,
        case when finished_at is not null then due_at end as closing_due_at,
        cast(0 as bigint) as due_change_count,
        false as has_due_changed_after_expiry
    from told_once
),

all_versions as (
    select
        {{ listed(said_columns(), 'history') }},
        history.procedure_code as delivered_procedure_code,
        history.procedure_name as delivered_procedure_name,
        history.field_name as delivered_field_name,
        history.agency_code as delivered_agency_code,
        history.version_number,
        history.is_current,
        history.is_listed,
        history.valid_from_at,
        history.valid_to_at,
        history.first_observed_at,
        history.last_observed_at,
        history.state_first_observed_at,
        history.observation_count,
        history.no_longer_listed_since_at,
        history.is_absence_certain,
        history.agency_anchor_date,
        supplements.status_since_at,
        supplements.stated_supplement_count,
        supplements.supplement_count,
        supplements.supplement_count_basis,
        due_changes.first_due_at,
        due_changes.last_due_at,
        due_changes.closing_due_at,
        due_changes.due_change_count,
        due_changes.has_due_changed_after_expiry
    from history
    inner join supplements
        on
            history.dossier_key = supplements.dossier_key
            and history.version_number = supplements.version_number
    inner join due_changes on history.dossier_key = due_changes.dossier_key
)

select {{ listed(state_columns()) }}
from first_versions

union all

select {{ listed(state_columns()) }}
from all_versions
