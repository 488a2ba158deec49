internal import CronJobs

/// Whom a job's runs are told to over HTTP.
extension Directive {
    static let onFailure = Directive(
        "on-failure", sets: \.policies.onFailure, to: address,
        meaning: "a message (JSON, `POST`) goes there when the job fails, as `notify=` says, and when that is over",
        otherwise: .value("none"))

    static let ping = Directive(
        "ping", sets: \.policies.ping, to: address,
        meaning:
            "asked for at each start (`/start`) and end (itself, `/` and the exit code, or `/fail`), as healthchecks.io and Cronitor take it",
        otherwise: .value("none"))

    private static let address = ValueForm<WebURL?>(
        "an `http://` or `https://` URL without `#`, or `none`",
        complete: { text in text.contains("://") || text.contains("@") ? nil : "https://" + text }
    ) { text in
        text == "none" ? .some(nil) : WebURL(text).map { .some($0) }
    }
}
