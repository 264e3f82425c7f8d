from scheduler.entrypoints.http.api import SchedulesApi
from scheduler.entrypoints.http.routes import schedules_router

__all__ = ["SchedulesApi", "schedules_router"]
