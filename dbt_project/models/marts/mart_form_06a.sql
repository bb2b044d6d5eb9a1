with changes as (
    select * from {{ ref('fct_form_06a_change') }}
),

queues as (
    select * from {{ ref('dim_backlog_queue') }}
),

late_after_cut as (
    select * from {{ ref('fct_form_06a_late_after_cut') }}
),

data_cuts as (
    select
        source_system,
        data_cut_at,
        data_cut_date,
        {{ half_month_number('data_cut_date') }} as last_half_month_number
    from {{ ref('dim_source_system') }}
),

periods as (
    select
        *,
        {{ each_number('first_half_month_number', 'last_half_month_number') }} as half_month_number
    from {{ ref('dim_report_period') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
    where definition_id = 'form_06a'
),

running as (
    select
        *,
        {{ form_06a_net() }} as net_count,
        lead(half_month_number) over (
            partition by queue_number order by half_month_number asc nulls last
        ) as next_half_month_number,
        sum({{ form_06a_net() }}) over (
            partition by queue_number
            order by half_month_number asc nulls last
            rows between unbounded preceding and current row
        ) as closing_count,
        sum(open_late_change) over (
            partition by queue_number
            order by half_month_number asc nulls last
            rows between unbounded preceding and current row
        ) as closing_late_count
    from changes
),

-- what is open stays so through half-months without a change; where nothing is open they have no row
filled as (
    select
        running.*,
        queues.source_system,
        queues.agency_key,
        queues.field_name,
        data_cuts.data_cut_at,
        data_cuts.last_half_month_number,
        {{ each_number(
            'running.half_month_number',
            'case when running.closing_count = 0 then running.half_month_number else least('
            ~ 'coalesce(running.next_half_month_number - 1, data_cuts.last_half_month_number), '
            ~ 'data_cuts.last_half_month_number) end'
        ) }} as held_number
    from running
    inner join queues on running.queue_number = queues.queue_number
    inner join data_cuts on queues.source_system = data_cuts.source_system
    where running.half_month_number <= data_cuts.last_half_month_number
),

-- the amounts of a half-month are its own, what is open is carried on
half_months as (
    select
        queue_number,
        source_system,
        agency_key,
        field_name,
        data_cut_at,
        last_half_month_number,
        held_number as half_month_number,
        closing_count,
        closing_late_count,
        {%- for amount in form_06a_amounts() %}
            case when held_number = half_month_number then {{ amount }} else 0 end as {{ amount }},
        {%- endfor %}
        case when held_number = half_month_number then closing_count - net_count else closing_count end as opening_count
    from filled
),

summed as (
    select
        half_months.source_system,
        half_months.agency_key,
        half_months.field_name,
        half_months.data_cut_at,
        {%- for column in report_period_columns() %}
            periods.{{ column }},
        {%- endfor %}
        {%- for amount in form_06a_amounts() if amount != 'open_late_change' %}
            sum(half_months.{{ amount }}) as {{ amount }},
        {%- endfor %}
        sum(
            case
                when half_months.half_month_number = periods.first_half_month_number then half_months.opening_count
                else 0
            end
        ) as carried_over_count,
        sum(
            case
                when
                    half_months.half_month_number
                    = least(periods.last_half_month_number, half_months.last_half_month_number)
                    then half_months.closing_count
                else 0
            end
        ) as open_count,
        -- in a half-month that is not over a promise is past at the data cut
        sum(
            case
                when
                    half_months.half_month_number
                    = least(periods.last_half_month_number, half_months.last_half_month_number)
                    then
                        half_months.closing_late_count
                        - case
                            when half_months.half_month_number = half_months.last_half_month_number
                                then coalesce(late_after_cut.late_after_cut_count, 0)
                            else 0
                        end
                else 0
            end
        ) as open_late_count
    from half_months
    inner join periods on half_months.half_month_number = periods.half_month_number
    left join late_after_cut on half_months.queue_number = late_after_cut.queue_number
    group by
        {%- for column in report_period_columns() %}
            periods.{{ column }},
        {%- endfor %}
        half_months.source_system,
        half_months.agency_key,
        half_months.field_name,
        half_months.data_cut_at
),

columns_of_the_form as (
    select
        *,
        received_online_count + handed_in_online_count - handed_out_online_count as column_04,
        received_other_count + handed_in_other_count - handed_out_other_count as column_05,
        settled_early_count + settled_on_time_count + settled_late_count as column_07
    from summed
)

select
    forms.source_system,
    forms.agency_key,
    agencies.agency_register,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.parent_agency_name,
    forms.field_name,
    {%- for column in report_period_columns() %}
        forms.{{ column }},
    {%- endfor %}
    cast(forms.carried_over_count + forms.column_04 + forms.column_05 as bigint) as column_03_to_settle_count,
    cast(forms.column_04 as bigint) as column_04_received_online_count,
    cast(forms.column_05 as bigint) as column_05_received_other_count,
    cast(forms.carried_over_count as bigint) as column_06_carried_over_count,
    cast(forms.column_07 as bigint) as column_07_settled_count,
    cast(forms.settled_early_count as bigint) as column_08_settled_early_count,
    cast(forms.settled_on_time_count as bigint) as column_09_settled_on_time_count,
    cast(forms.settled_late_count as bigint) as column_10_settled_late_count,
    cast(forms.open_count as bigint) as column_11_open_count,
    cast(forms.open_count - forms.open_late_count as bigint) as column_12_open_in_time_count,
    cast(forms.open_late_count as bigint) as column_13_open_late_count,
    cast(forms.handed_in_online_count + forms.handed_in_other_count as bigint) as handed_in_count,
    cast(forms.handed_out_online_count + forms.handed_out_other_count as bigint) as handed_out_count,
    cast(forms.reopened_count as bigint) as reopened_count,
    cast(forms.channel_unknown_count as bigint) as channel_unknown_count,
    cast(forms.ended_without_result_count as bigint) as ended_without_result_count,
    cast(forms.end_unstated_count as bigint) as end_unstated_count,
    coalesce(forms.data_cut_at < {{ add_days('forms.period_end_date', 1) }}, true) as is_provisional,
    forms.data_cut_at,
    definitions.formula_version
from columns_of_the_form as forms
inner join agencies on forms.agency_key = agencies.agency_key
cross join definitions
where
    forms.carried_over_count != 0
    or forms.column_04 != 0
    or forms.column_05 != 0
    or forms.column_07 != 0
    or forms.open_count != 0
