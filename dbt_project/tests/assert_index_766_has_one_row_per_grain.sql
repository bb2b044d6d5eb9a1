-- A unit has one row for each period, formula version and criterion or group. A row here means that whoever reads the
-- mart reads two scores: the data team looks for two successors, two units or two rules in force at once.
{%- set marts = [
    ('mart_index_766', 'agency_key', 'criterion_code'),
    ('mart_index_766_group', 'agency_key', 'indicator_id'),
    ('mart_index_766_as_is', 'as_is_agency_key', 'criterion_code'),
    ('mart_index_766_group_as_is', 'as_is_agency_key', 'indicator_id'),
] %}
{% for mart, agency, code in marts %}
    select
        '{{ mart }}' as mart,
        unit_scope,
        {{ agency }} as agency_key,
        {{ 'no_agency_reason' if 'as_is' in mart else 'null' }} as no_agency_reason,
        period_type,
        period_month_date,
        formula_version,
        {{ code }} as code
    from {{ ref(mart) }}
    group by
        unit_scope,
        {{ agency }},
        {{ 'no_agency_reason,' if 'as_is' in mart }}
        period_type,
        period_month_date,
        formula_version,
        {{ code }}
    having count(*) > 1
    {{ 'union all' if not loop.last }}
{% endfor %}
