"""The one place where the scheduler's parts are put together."""

from leadstream.ids import derived_id
from leadstream.runtime import Parts, Resources, Service
from scheduler.adapters.cron import CronsimCron
from scheduler.adapters.postgres import SQL
from scheduler.adapters.removal import HOLDINGS
from scheduler.adapters.retention import retention_rules
from scheduler.application.builtin import BUILTIN
from scheduler.application.emit_ticks import EmitTicks
from scheduler.domain.schedule import CatchUp
from scheduler.entrypoints.clock import ClockLoop
from scheduler.entrypoints.gauges import ScheduleGauges
from scheduler.entrypoints.http import SchedulesApi, schedules_router
from scheduler.settings import Settings


async def assemble(resources: Resources[Settings]) -> Parts:
    cron = CronsimCron()
    emit_ticks = EmitTicks(cron)
    clock_loop = ClockLoop(
        resources.database,
        emit_ticks,
        resources.clock,
        interval=resources.settings.tick_interval,
    )
    api = SchedulesApi(resources.database, emit_ticks, resources.clock)
    gauges = ScheduleGauges(resources.database)
    return Parts(
        routers=[schedules_router(api)],
        loops=[clock_loop.run, gauges.run],
        holdings=HOLDINGS,
        retention=retention_rules(audit=resources.settings.audit_retention),
    )


async def prepare(resources: Resources[Settings]) -> None:
    cron = CronsimCron()
    now = resources.clock.now()
    async with resources.database.transaction() as tx:
        for name, expression in BUILTIN.items():
            next_at = cron.next_times(expression, "UTC", after=now, count=1)[0]
            params: dict[str, object] = {}
            content = (expression, "UTC", CatchUp.LATEST.value, True, params, now, next_at)
            await tx.execute(SQL.insert_schedule, name, derived_id("schedule", name), *content)


SERVICE = Service(
    name="scheduler", package="scheduler", settings=Settings, assemble=assemble, prepare=prepare
)
