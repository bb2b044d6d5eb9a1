{#
  Dossiers and what was said about breaking their promise.
  Here: who was apologised to and how often a promise was put off, for dossiers that are late under `strict` or were put off.
  Not here: what a letter is held against (fct_apology), how many are too many (seeds/apology_rules.csv).
  Explained in docs/registers.md, "What is made of them".
#}

{#
  Every column of these dossiers, and: has_letter, has_portal_apology, put_off_count (by letter or as the portal states it,
  whichever is more), is_told_before_due (null where nobody apologised or nothing tells), is_any_sample, and the rule of the
  month about putting off.
#}
{% macro dossiers_with_apologies() -%}
{%- set put_off = 'greatest(coalesce(letters.extension_count, 0), coalesce(dossiers.extension_count, 0))' -%}
select
    dossiers.*,
    coalesce(letters.letter_count, 0) as letter_count,
    letters.dossier_key is not null as has_letter,
    dossiers.apologised_at is not null as has_portal_apology,
    {{ put_off }} as put_off_count,
    coalesce(letters.is_any_sample, 0) as is_any_sample,
    case
        when letters.is_any_before_due = 1 then true
        when
            {{ days_between('cast(dossiers.apologised_at as date)', 'cast(dossiers.first_due_at as date)') }}
            >= least_days.rule_value
            then true
        when letters.told_count > 0 then false
        when dossiers.apologised_at is not null and dossiers.first_due_at is not null then false
    end as is_told_before_due,
    most_extensions.rule_value as most_extensions,
    most_extensions.source as most_extensions_source,
    most_extensions.status as most_extensions_status
from {{ ref('fct_procedure_timeliness') }} as dossiers
left join (
    select
        dossier_key,
        count(*) as letter_count,
        count(new_due_date) as extension_count,
        max(case when is_before_due then 1 else 0 end) as is_any_before_due,
        count(is_before_due) as told_count,
        max(case when is_sample then 1 else 0 end) as is_any_sample
    from {{ ref('fct_apology') }}
    where has_dossier
    group by dossier_key
) as letters on dossiers.dossier_key = letters.dossier_key
{%- for joined, rule_code in {'least_days': 'least_days_before_due', 'most_extensions': 'most_extensions'}.items() %}
left join {{ ref('apology_rules') }} as {{ joined }}
    on
        {{ joined }}.rule_code = '{{ rule_code }}'
        and dossiers.period_month_date >= {{ joined }}.valid_from_date
        and coalesce(dossiers.period_month_date < {{ joined }}.valid_to_date, true)
{%- endfor %}
where dossiers.outcome_strict in ('late', 'open_late') or {{ put_off }} > 0
{%- endmacro %}

{# Systems whose agencies the law asks for an apology: those of a register. #}
{% macro systems_that_apologise() -%}
select * from {{ ref('dim_source_system') }}
where agency_register is not null
{%- endmacro %}

{# What a plan of the year asks of Nghệ An's agencies. #}
{% macro apology_targets() -%}
select * from {{ ref('dim_target') }}
where metric_code = 'late_apologised_pct' and scope_code = 'nghe_an' and agency_level = 'all'
{%- endmacro %}
