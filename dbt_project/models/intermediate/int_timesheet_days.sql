{{ timesheet_days(ref('int_calendar_days')) }}
