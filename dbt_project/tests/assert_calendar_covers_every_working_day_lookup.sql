-- Every span whose working days were asked for has them. A row here means that days were published as unknown
-- although both dates are possible: the data team extends seeds/calendar_exceptions.csv and calendar_versions.csv.
{{ config(severity = 'error') }}

with spans as (
    select * from {{ ref('int_dossier_working_spans') }}
),

working_days as (
    select * from {{ ref('int_dossier_working_days') }}
)

select
    spans.dossier_key,
    spans.elapsed_from_date,
    spans.elapsed_to_date,
    spans.late_from_date,
    spans.late_to_date
from spans
left join working_days on spans.dossier_key = working_days.dossier_key
where
    (spans.elapsed_to_date is not null and working_days.elapsed_working_days is null)
    or (spans.late_to_date is not null and working_days.late_working_days is null)
