"""The schedules that are there from the start."""

BUILTIN = {
    "daily-lead-generation": "0 2 * * *",
    "credit-reset": "0 0 * * *",
    "weekly-trends": "0 3 * * 0",
}
