"""The same with APScheduler 3 and its memory store: tab-separated values. Usage: apscheduler3.py COUNT"""
import gc
import sys
import time
from datetime import datetime, timedelta, timezone

from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

count = int(sys.argv[1])
ran = 0


class Here(BaseExecutor):
    """Runs a job where the scheduler is: no thread pool is measured."""

    def _do_submit_job(self, job, run_times):
        global ran
        for _ in run_times:
            job.func(*job.args)
            ran += 1
        self._run_job_success(job.id, [])


def send(to):
    pass


def show(what, value):
    print(f"apscheduler\t{count}\t{what}\t{value}")


def trigger(number):
    return CronTrigger(minute=number % 60, hour=number // 60 % 24, day=1 + number // 1440 % 28, month=6, timezone=timezone.utc)


def resident():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


# Its own thread sleeps: what it would do when it wakes is called here.
scheduler = BackgroundScheduler(timezone=timezone.utc, executors={"default": Here()}, job_defaults={"coalesce": True, "misfire_grace_time": 60})
scheduler.start(paused=True)
gc.collect()
before = resident()
began = time.perf_counter()
for number in range(count):
    scheduler.add_job(send, trigger(number), args=[number], id=f"job-{number}")
took = time.perf_counter() - began
gc.collect()
show("bytes of a job beyond its parameters", (resident() - before) / count)
show("added a second", count / took)
scheduler.state = 1
scheduler._process_jobs()


def tick(due, rounds):
    best = float("inf")
    for _ in range(rounds):
        scheduler.state = 2
        at = datetime.now(timezone.utc) + timedelta(seconds=2)
        for number in range(due):
            scheduler.add_job(send, "date", run_date=at, args=[number], id=f"due-{number}")
        scheduler.state = 1
        time.sleep(max(0, (at - datetime.now(timezone.utc)).total_seconds()))
        goal = ran + due
        began = time.perf_counter()
        scheduler._process_jobs()
        best = min(best, time.perf_counter() - began)
        assert ran == goal, (ran, goal)
    return best * 1e6


began = time.perf_counter()
for _ in range(200):
    scheduler._process_jobs()
show("µs of a tick, 0 due", (time.perf_counter() - began) / 200 * 1e6)
show("µs of a tick, 1 due, with its run", tick(1, 3))
show("µs of a tick, 10,000 due, with their runs", tick(10_000, 1))
changed = min(count, 2000)
step = count // changed
began = time.perf_counter()
for number in range(changed):
    scheduler.reschedule_job(f"job-{number * step}", trigger=trigger(number * step + 1))
show("rescheduled a second", changed / (time.perf_counter() - began))
began = time.perf_counter()
for number in range(changed):
    scheduler.remove_job(f"job-{number * step}")
show("removed a second", changed / (time.perf_counter() - began))
began = time.perf_counter()
scheduler.remove_all_jobs()
show("s to remove all the others", time.perf_counter() - began)
scheduler.shutdown(wait=False)
