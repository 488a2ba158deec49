internal import CronFeed

/// Who is told what was decided.
struct Feeds: Sendable {
    /// The broker's exchange.
    var events: EventFeed?
    /// Webhooks and pings.
    var hooks: EventFeed?

    func wake() {
        events?.wake()
        hooks?.wake()
    }

    /// Tells what can be told within a moment.
    func finish() async {
        async let events: Void? = events?.finish(within: .milliseconds(500))
        async let hooks: Void? = hooks?.finish(within: .milliseconds(500))
        _ = await (events, hooks)
    }
}
