internal import ArgumentParser
internal import CronDaemon
internal import CronJobs

/// Completes names of jobs and runs against the running service: fast, and silent where there is none. Whoever presses a key waits.
enum NameCompletion {
    static let jobs = CompletionKind.custom { words, _, prefix in jobs(words, prefix) }
    /// Those of the last events.
    static let runs = CompletionKind.custom { words, _, prefix in runs(words, prefix, kinds: [.started, .finished]) }
    /// Those that run now.
    static let running = CompletionKind.custom { words, _, prefix in
        guard case .service(let service)? = ask(.service, words)?.first else { return [] }
        return service.running.filter { $0.hasPrefix(prefix) }
    }
    static let jobsAndRuns = CompletionKind.custom { words, _, prefix in
        jobs(words, prefix) + runs(words, prefix, kinds: [.started, .finished])
    }

    private static let patience = Duration.milliseconds(500)

    private static func jobs(_ words: [String], _ prefix: String) -> [String] {
        var query = JobQuery()
        query.page.limit = Page.mostItems
        if !prefix.isEmpty { query.contains = prefix }
        let names = (ask(.jobs(query), words) ?? []).compactMap {
            if case .job(let job) = $0 { job.id.withoutHost.description } else { nil }
        }
        return Set(names).filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static func runs(_ words: [String], _ prefix: String, kinds: Set<ControlEvent.Kind>) -> [String] {
        var filter = EventFilter()
        filter.kinds = kinds
        let parts = ask(.events(EventQuery(filter, recent: EventHub.mostKept, follows: false)), words) ?? []
        let runs = parts.compactMap { if case .event(let event) = $0 { event.run?.description } else { nil } }
        return Set(runs).filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static func ask(_ request: ControlRequest, _ words: [String]) -> [ControlPart]? {
        var service = ServiceAddress()
        service.name = value(of: "--name", in: words)
        service.socket = value(of: "--socket", in: words)
        guard let path = (try? service.configured())?.socket else { return nil }
        // A file system that does not answer holds up no shell.
        TimeLimit.end(after: patience + patience, 0)
        return (try? ControlClient.ask(request, at: path, within: patience)) ?? nil
    }

    /// What stands behind an option in an unfinished command line.
    private static func value(of option: String, in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
            if word == option, index + 1 < words.count { return words[index + 1] }
        }
        return nil
    }
}
