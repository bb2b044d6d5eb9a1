with procedures as (
    select * from {{ ref('dim_procedure') }}
    where procedure_key != 'unmapped'
),

methods as (
    select * from {{ ref('dim_procedure_method') }}
),

issues as (
    select * from {{ ref('procedure_catalogue_issues') }}
),

-- of each line what is the matter with it
of_lines as (
    select
        methods.procedure_key,
        methods.catalogue_observed_at,
        issues.issue_code,
        case when issues.issue_code = 'fee_too_small' then methods.fee_label else methods.limit_count_label end
            as printed_label
    from methods
    cross join issues
    where
        case issues.issue_code
            when 'fee_too_small'
                then methods.stated_fee_vnd > 0 and methods.stated_fee_vnd < issues.below_vnd
            when 'limit_digits_ambiguous'
                then coalesce(methods.parse_label, '') = 'ambiguous_digits'
            when 'limit_without_unit'
                then
                    methods.limit_value is not null
                    and methods.limit_unit_label is null
                    and coalesce(methods.parse_label, '') != 'ambiguous_digits'
            when 'limit_unit_unknown'
                then
                    methods.limit_value is not null
                    and methods.limit_unit_label is not null
                    and methods.limit_unit is null
        end
),

of_entries as (
    select
        *,
        case when limit_label is null then 'no_limit' else 'several_limits' end as issue_code
    from procedures
    where
        limit_label is null
        or limit_count > 1
),

of_procedures as (
    select
        procedure_key,
        issue_code,
        min(catalogue_observed_at) as catalogue_observed_at,
        min(printed_label) as first_printed_label,
        count(*) as affected_line_count
    from of_lines
    group by procedure_key, issue_code

    union all

    select
        procedure_key,
        issue_code,
        catalogue_observed_at,
        limit_label as first_printed_label,
        cast(null as bigint) as affected_line_count
    from of_entries
),

lines as (
    select
        procedure_key,
        procedure_catalogue,
        procedure_code,
        count(*) as line_count
    from methods
    group by procedure_key, procedure_catalogue, procedure_code
)

select
    of_procedures.procedure_key,
    procedures.procedure_name,
    procedures.field_name,
    procedures.ministry_name,
    of_procedures.issue_code,
    issues.name_vi as issue_name_vi,
    issues.name_en as issue_name_en,
    issues.what_to_do_vi,
    issues.status as issue_status,
    of_procedures.affected_line_count,
    of_procedures.first_printed_label,
    of_procedures.catalogue_observed_at,
    coalesce(procedures.procedure_catalogue, lines.procedure_catalogue) as procedure_catalogue,
    coalesce(procedures.procedure_code, lines.procedure_code) as procedure_code,
    coalesce(lines.line_count, 0) as line_count
from of_procedures
inner join issues on of_procedures.issue_code = issues.issue_code
left join procedures on of_procedures.procedure_key = procedures.procedure_key
left join lines on of_procedures.procedure_key = lines.procedure_key
