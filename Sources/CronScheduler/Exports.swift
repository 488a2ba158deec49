// Whoever imports CronScheduler has what its calls take and give.
@_exported import CronExpressions
@_exported import CronHandlers
@_exported import CronJobs
