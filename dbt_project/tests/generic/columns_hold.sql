{#
  What the columns of one table promise, judged in one test: every test costs a run a tenth of a second, however small
  its table is. A row here names a promise that is broken and counts the rows, or keys, that break it.

  unique: columns whose values stand in one row only; a list of columns is a key of several, in
  which null is a value like others.
  not_null: columns with a value in every row. Tables under contract have constraints for it.
  one_of: for a column, the only values it may have besides null.
  refers_to: `{column, to, field}`, columns whose values are found in the field of another table.
#}
{% test columns_hold(model, unique=[], not_null=[], one_of={}, refers_to=[]) %}
{%- set of_rows = [] -%}
{%- for column in not_null -%}
    {%- do of_rows.append((column ~ ' is null', column ~ ' is null')) -%}
{%- endfor -%}
{%- for column, values in one_of.items() -%}
    {%- set listed = [] -%}
    {%- for value in values -%}
        {%- do listed.append(value if value is number else "'" ~ value ~ "'") -%}
    {%- endfor -%}
    {%- do of_rows.append((column ~ ' has an unlisted value', column ~ ' not in (' ~ listed | join(', ') ~ ')')) -%}
{%- endfor -%}
{%- set broken = [] -%}
{%- for sentence, condition in of_rows -%}
    {%- do broken.append("select '" ~ sentence ~ "' as broken, count_" ~ loop.index ~ " as broken_count from counted") -%}
{%- endfor -%}
{%- for key in unique -%}
    {%- set columns = [key] if key is string else key -%}
    {%- set one -%}
    select '{{ columns | join(", ") }} is repeated' as broken, count(*) as broken_count
    from (
        select {{ columns | join(", ") }}
        from {{ model }}
        {{ "where " ~ key ~ " is not null" if key is string }}
        group by {{ columns | join(", ") }}
        having count(*) > 1
    ) as repeated
    {%- endset -%}
    {%- do broken.append(one) -%}
{%- endfor -%}
{%- for link in refers_to -%}
    {%- set one -%}
    select '{{ link.column }} is not found in its table' as broken, count(*) as broken_count
    from (select {{ link.column }} as value from {{ model }}) as referring
    left join {{ link.to }} as referred on referring.value = referred.{{ link.field }}
    where referring.value is not null and referred.{{ link.field }} is null
    {%- endset -%}
    {%- do broken.append(one) -%}
{%- endfor -%}
{%- if of_rows %}
with counted as (
    select
        {%- for sentence, condition in of_rows %}
        sum(case when {{ condition }} then 1 else 0 end) as count_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
)
{% endif %}
select * from (
    {{ broken | join('\n    union all\n    ') }}
) as promises
where broken_count > 0
{% endtest %}
