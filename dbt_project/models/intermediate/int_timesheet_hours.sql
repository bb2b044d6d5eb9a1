{{ timesheet_hours(ref('int_timesheet_days')) }}
