import CronScheduler
import Foundation

// A plain script: nothing lasts, and it ends when all is done.

let scheduler = Scheduler()

try await scheduler.add("tick", .every(.seconds(2))) { context in print("tick \(context.scheduledAt.rfc3339UTC())") }
try await scheduler.add("minute", .cron("* * * * *")) { _ in print("a full minute") }
try await scheduler.once("end", at: Date.now + 10) { _ in
    print("ten seconds are over")
    Task { await scheduler.shutdown() }
}

try await scheduler.run()
