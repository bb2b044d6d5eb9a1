{{ timesheet_hours(ref('int_plain_timesheet_days')) }}
