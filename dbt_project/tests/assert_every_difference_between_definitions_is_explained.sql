-- Where two definitions count a dossier differently, a step of the bridge says why. A row here is a combination of
-- outcomes nobody thought of: the data team adds its reason to dim_on_time_bridge and to the seed bridge_steps.
select
    on_time_profile,
    first_definition_id,
    second_definition_id,
    step_id
from {{ ref('dim_on_time_bridge') }}
where step_name_vi is null
