"""The same with python-crontab: tab-separated values of milliseconds, the best and the median. Usage: python_crontab.py FILE ROUNDS"""
import sys
import time

from crontab import CronTab

path, rounds = sys.argv[1], int(sys.argv[2])
text = open(path).read()
times = {"read": [], "change one line and print": [], "find by command": []}


def timed(what, action):
    start = time.perf_counter()
    result = action()
    times[what].append(1000 * (time.perf_counter() - start))
    return result


def change(table, job, hour):
    job.hour.during(hour, 23)
    return len(table.render())


for number in range(rounds):
    table = timed("read", lambda: CronTab(tab=text, user=False))
    timed("find by command", lambda: list(table.find_command("job-99990 ")))
    job = table.crons[len(table.crons) // 2]
    timed("change one line and print", lambda: change(table, job, number % 20))
for what, values in times.items():
    values.sort()
    print(f"python-crontab\t{what}\t{values[0]}\t{values[len(values) // 2]}")
