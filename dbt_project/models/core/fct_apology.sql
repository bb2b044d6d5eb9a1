with letters as (
    select
        *,
        row_number() over (partition by dossier_code order by letter_date nulls last) as letter_number
    from {{ ref('stg_apologies') }}
),

-- a letter names no portal: a code that two portals know belongs to nobody
dossiers as (
    select
        dossier_code,
        dossier_key,
        source_system,
        agency_key,
        outcome_strict,
        cast(first_due_at as date) as first_due_date
    from {{ ref('fct_procedure_timeliness') }}
    where dossier_code in (select letters.dossier_code from letters)
    qualify count(*) over (partition by dossier_code) = 1
),

rules as (
    select * from {{ ref('apology_rules') }}
    where rule_code = 'least_days_before_due'
),

found as (
    select
        letters.*,
        dossiers.dossier_key,
        dossiers.source_system as dossier_source_system,
        dossiers.agency_key,
        dossiers.outcome_strict,
        -- what was promised when the letter was written: its own word, the letter before, the portal's first promise
        coalesce(
            letters.old_due_date,
            lag(letters.new_due_date)
                over (partition by letters.dossier_code order by letters.letter_number nulls first),
            dossiers.first_due_date
        ) as promised_due_date
    from letters
    left join dossiers on letters.dossier_code = dossiers.dossier_code
)

select
    found.source_system || ':' || found.dossier_code || '@' || cast(found.letter_date as string) as apology_key,
    found.source_system,
    found.dossier_code,
    found.dossier_key,
    found.dossier_source_system,
    found.agency_key,
    found.outcome_strict,
    found.letter_number,
    found.letter_date,
    found.promised_due_date,
    found.new_due_date,
    found.reason_code,
    found.new_due_date is not null as has_extension,
    {{ days_between('found.letter_date', 'found.promised_due_date') }} as days_before_due,
    {{ days_between('found.letter_date', 'found.promised_due_date') }} >= rules.rule_value as is_before_due,
    found.dossier_key is not null as has_dossier,
    found.is_sample
from found
left join rules
    on
        found.letter_date >= rules.valid_from_date
        and (rules.valid_to_date is null or found.letter_date < rules.valid_to_date)
