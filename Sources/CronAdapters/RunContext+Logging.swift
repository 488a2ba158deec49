public import CronScheduler
public import Logging

extension RunContext {
    /// The logger with what a line of this run should say: job, run, attempt, fire time.
    public func logger(_ base: Logger) -> Logger {
        var logger = base
        logger[metadataKey: "job"] = "\(job)"
        logger[metadataKey: "run"] = "\(run)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        logger[metadataKey: "scheduled"] = "\(scheduledAt.rfc3339UTC())"
        return logger
    }
}

extension Logger.MetadataProvider {
    /// The same for every logger of the program: lines that are written within a run say which.
    public static let cronRun = Logger.MetadataProvider {
        guard let context = RunContext.current else { return [:] }
        return [
            "job": "\(context.job)", "run": "\(context.run)", "attempt": "\(context.attempt)",
            "scheduled": "\(context.scheduledAt.rfc3339UTC())",
        ]
    }
}
