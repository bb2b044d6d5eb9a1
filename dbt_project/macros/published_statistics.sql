{#
  Which counts a published statistic may hold, in the order they are shown; a test keeps them equal to the seed
  published_metrics.
  Not here: what must add up (seeds/published_identities.csv).
  Explained in docs/analyst.md, "What others published".
#}

{% macro published_metric_ids() -%}
    {{ return([
        'total_count', 'carried_over_count', 'received_count', 'received_direct_count',
        'received_online_count', 'received_postal_count', 'due_in_period_count', 'resolved_count',
        'early_count', 'on_time_count', 'early_or_on_time_count', 'late_count',
        'late_or_overdue_count', 'open_count', 'open_not_due_count', 'open_overdue_count',
        'supplement_count', 'stopped_count', 'returned_or_withdrawn_count', 'online_partial_count',
        'online_full_count', 'online_waiting_count', 'online_accepted_count', 'online_finished_count',
        'online_refused_count', 'online_paid_count', 'online_total_count',
    ]) }}
{%- endmacro %}
