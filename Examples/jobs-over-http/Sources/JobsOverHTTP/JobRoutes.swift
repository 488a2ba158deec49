import CronScheduler
import Hummingbird

/// The jobs of a scheduler over HTTP.
///
///     GET    /jobs                all of them
///     POST   /jobs                one more; 409 if there is one of that id
///     GET    /jobs/{id}
///     DELETE /jobs/{id}
///     PUT    /jobs/{id}/when      other times from now on; a paused job stays paused
///     POST   /jobs/{id}/pause     until it is resumed, or until a time
///     POST   /jobs/{id}/resume
///     POST   /jobs/{id}/run       now, beside its times
///     GET    /jobs/{id}/runs      what became of them, newest first
public struct JobRoutes: Sendable {
    private let scheduler: Scheduler

    public init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    public func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ClearErrors())
        let jobs = router.group("jobs")
        jobs.get { _, _ in try await scheduler.jobs.map(JobForm.init) }
        jobs.post { request, context in try await add(try await request.decode(as: NewJob.self, context: context)) }
        jobs.get(":id") { _, context in JobForm(try await job(context)) }
        jobs.delete(":id") { _, context in
            try await scheduler.remove(try id(context))
            return HTTPResponse.Status.noContent
        }
        jobs.put(":id/when") { request, context in
            let times = try await request.decode(as: NewTimes.self, context: context)
            return JobForm(try await scheduler.reschedule(try id(context), try times.when.schedule()))
        }
        jobs.post(":id/pause") { request, context in
            try await scheduler.pause(try id(context), until: try await end(of: request, context))
            return JobForm(try await job(context))
        }
        jobs.post(":id/resume") { _, context in
            try await scheduler.resume(try id(context))
            return JobForm(try await job(context))
        }
        jobs.post(":id/run") { _, context in
            EditedResponse(status: .accepted, response: RunForm(try await scheduler.runNow(try id(context))))
        }
        jobs.get(":id/runs") { _, context in
            let id = try await job(context).id
            return try await scheduler.history(of: id, limit: 50).map(RunForm.init)
        }
        return router
    }

    private func add(_ new: NewJob) async throws -> EditedResponse<JobForm> {
        guard (0...3600).contains(new.seconds ?? 0) else { throw HTTPError(.badRequest, message: "\"seconds\" is 0 to 3600") }
        // So that it can stand in a path as it is.
        guard new.id.wholeMatch(of: /[A-Za-z0-9._~-]+/) != nil else {
            throw HTTPError(.badRequest, message: "\"id\": \"\(new.id)\" has more than letters, digits and . _ ~ - in it, or nothing")
        }
        let id = JobID(new.id)
        try await scheduler.add(
            id, try new.when.schedule(), Announce.self, .init(text: new.text, seconds: new.seconds ?? 0), onConflict: .refuse)
        guard let job = try await scheduler.job(id) else { throw SchedulerError.unknownJob(id) }
        return EditedResponse(status: .created, response: JobForm(job))
    }

    private func id(_ context: some RequestContext) throws -> JobID { JobID(try context.parameters.require("id")) }

    private func job(_ context: some RequestContext) async throws -> ScheduledJob {
        let id = try id(context)
        guard let job = try await scheduler.job(id) else { throw SchedulerError.unknownJob(id) }
        return job
    }

    /// A request without a body pauses until somebody resumes.
    private func end(of request: Request, _ context: some RequestContext) async throws -> Instant? {
        var request = request
        guard try await request.collectBody(upTo: context.maxUploadSize).readableBytes > 0 else { return nil }
        return try await request.decode(as: NewPause.self, context: context).until.map { try time($0, "until") }
    }
}
