{% set steps = petition_steps() %}
with petitions as (
    select * from {{ ref('int_petition_current') }}
),

clocks as (
    select * from {{ ref('int_petition_clocks') }}
),

cuts as (
    select * from {{ ref('int_petition_cuts') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
),

dossiers as (
    select
        dossier_code,
        dossier_key
    from {{ ref('fct_dossier_history') }}
    where
        is_current
        and dossier_code in (select petitions.dossier_code from petitions)
),

-- a code alone: where two portals bear it, nobody is guessed
named_dossiers as (
    select
        dossier_code,
        min(dossier_key) as dossier_key
    from dossiers
    group by dossier_code
    having count(*) = 1
),

judged as (
    select
        petition_key,
        {% for step in steps %}
            min(case when step_id = '{{ step }}' then due_date end) as {{ step }}_due_date,
            min(case when step_id = '{{ step }}' then elapsed_working_days end) as {{ step }}_elapsed_working_days,
            min(case when step_id = '{{ step }}' then outcome end) as {{ step }}_outcome,
        {% endfor %}
        min(formula_version) as formula_version
    from clocks
    group by petition_key
)

select
    petitions.petition_key,
    petitions.source_system,
    petitions.petition_code,
    resolution.agency_key,
    resolution.agency_resolution,
    petitions.dossier_code,
    named_dossiers.dossier_key,
    petitions.topic_code,
    petitions.status_code,
    petitions.sent_at,
    petitions.has_sent_time,
    petitions.refused_at,
    petitions.supplement_requested_at,
    petitions.resolved_at,
    petitions.published_at,
    petitions.is_publishable,
    petitions.is_refused,
    petitions.is_supplement_requested,
    petitions.is_resolved,
    petitions.is_published,
    petitions.like_count,
    petitions.dislike_count,
    {% for step in steps %}
        judged.{{ step }}_due_date,
        judged.{{ step }}_elapsed_working_days,
        judged.{{ step }}_outcome,
    {% endfor %}
    petitions.first_observed_at,
    petitions.last_observed_at,
    petitions.delivery_count,
    judged.formula_version,
    calendar_versions.calendar_version,
    cuts.data_cut_at,
    cast(date_trunc('month', coalesce(petitions.sent_at, petitions.first_observed_at)) as date) as period_month_date,
    coalesce(petitions.topic_code = 'attitude', false) as is_about_attitude,
    -- nobody marked it: nothing is known
    case
        when petitions.like_count is not null or petitions.dislike_count is not null
            then coalesce(petitions.dislike_count, 0) > coalesce(petitions.like_count, 0)
    end as is_unsatisfied
from petitions
inner join judged on petitions.petition_key = judged.petition_key
inner join cuts on petitions.source_system = cuts.source_system
inner join source_systems on petitions.source_system = source_systems.source_system
inner join resolution
    on
        petitions.source_system = resolution.source_system
        and petitions.agency_code is not distinct from resolution.agency_code
        and petitions.agency_name_key is not distinct from resolution.agency_name_key
        and resolution.parent_agency_name_key is null
        and petitions.agency_anchor_date = resolution.agency_anchor_date
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
left join named_dossiers on petitions.dossier_code = named_dossiers.dossier_code
