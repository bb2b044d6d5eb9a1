-- depends_on: {{ ref('int_dossiers_touched') }}, {{ ref('ingestion_ledger') }}, {{ source('built', 'built_files') }}
with {% if is_night() -%}
concerned as (
    select dossier_key from {{ ref('int_dossiers_touched') }}

    union distinct

    -- the fact as it was: what turns late with this night was open before it
    select dossier_key from {{ as_it_was('fct_dossier_history') }}
    where is_current and is_unsettled

    union distinct

    select dossier_key from {{ ref('stg_ratings') }}
    where {{ is_of_new_file('ratings') }}
),

{% endif -%}
deliveries as (
    select * from {{ ref('stg_ratings') }}
    {%- if is_night() %}
    where dossier_key in (select concerned.dossier_key from concerned)
    {%- endif %}
)

select
    rating_key,
    dossier_key,
    source_system,
    dossier_code,
    agency_name,
    agency_name_key,
    rated_at,
    period_start_date,
    period_end_date,
    criterion_1_score,
    criterion_2_score,
    criterion_3_score,
    criterion_4_score,
    criterion_6_score,
    criterion_7_score,
    total_score,
    grade_label,
    satisfaction_code,
    satisfaction_label,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    -- the day that decides which agency bore the name
    cast(coalesce(period_end_date, rated_at, observed_at) as date) as agency_anchor_date
from deliveries
qualify row_number() over (
    partition by rating_key
    order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
) = 1
