-- The bands of seeds/step_age_bands.csv leave no gap and begin with 0. A row here is an open step that the data team's
-- bands forget, and that no figure of open steps would count.
select
    step_key,
    age_days,
    age_working_days
from {{ ref('fct_processing_step') }}
where is_open and age_band_code is null
