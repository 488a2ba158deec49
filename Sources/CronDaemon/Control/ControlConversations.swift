internal import CronJobs
internal import LinuxEvents

// The conversations on the control socket: a request line comes, the service answers it, and the answer goes back portion by portion, as the
// client takes it.
//
//     line ─▶ request ─▶ answer ─┬─ parts: 256 small ones, or a large one, a portion ──────────────────┬─▶ the last portion
//        │                 │     └─ feed: portions for as long as it has any, and the client is there ─┘
//        │                 │              the next is made while one is taken
//        └─ not understood ┴─ refused ─▶ a line that says why

/// Carries requests to the service, and its answers back.
actor ControlConversations {
    private let loop: EventLoop
    private let desk: ControlDesk
    private let control: any Control
    private var server: ControlServer?
    /// Answers that last, by the number of their connection.
    private var feeds: [Int: any ControlFeed] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(loop: EventLoop, desk: ControlDesk, control: any Control) {
        self.loop = loop
        self.desk = desk
        self.control = control
    }

    /// Somebody is still being told what goes on.
    var hasFeeds: Bool { !feeds.isEmpty }

    /// Listens at a path; once. `host` is ours, where all who can connect are.
    func listen(at path: String, host: String) throws(SocketFailure) {
        guard server == nil else { return }
        let handlers = ControlServer.Handlers(
            asked: { [unowned self] line, asker, number in assumeIsolated { $0.serve(line, asker, number) } },
            gone: { [unowned self] number in assumeIsolated { $0.feeds.removeValue(forKey: number)?.end() } })
        server = try ControlServer(loop: loop, path: path, host: host, handlers: handlers)
    }

    func close() {
        server?.close()
        server = nil
    }

    private func serve(_ line: [UInt8], _ asker: Asker, _ number: Int) {
        Task(executorPreference: loop) { await self.converse(line, asker, number) }
    }

    private func converse(_ line: [UInt8], _ asker: Asker, _ number: Int) async {
        do throws(ControlRefusal) {
            let request = try ControlWire.own.request(line)
            let answer = try await control.answer(request, for: asker)
            let head = ControlWire.own.head(request.kind)
            switch answer {
            case .parts(let parts): await send(parts, after: head, to: number)
            case .feed(let feed): await send(feed, lasts: request.lasts, after: head, to: number)
            }
        } catch {
            _ = await server?.send(number, ControlWire.own.line(error), isLast: true)
        }
    }

    private func send(_ parts: [ControlPart], after head: [UInt8], to number: Int) async {
        var portion = head, left = parts[...]
        while true {
            // So many small parts, or one file of the table.
            let next = left.prefix(left.first?.isLarge ?? false ? 1 : 256)
            left = left.dropFirst(next.count)
            portion += await desk.lines(next)
            guard await server?.send(number, portion, isLast: left.isEmpty) ?? false, !left.isEmpty else { return }
            portion = []
        }
    }

    /// - Parameter lasts: nobody knows how long it goes on.
    private func send(_ feed: any ControlFeed, lasts: Bool, after head: [UInt8], to number: Int) async {
        guard let server else { return feed.end() }
        feeds[number] = feed
        if lasts { server.listen(number) }
        var portion: ControlDesk.Portion? = .init(bytes: head, isLast: false)
        while let ready = portion {
            // What goes on for nobody knows how long is not asked for before it can be sent.
            async let next = lasts || ready.isLast ? nil : desk.portion(of: feed)
            guard await self.server?.send(number, ready.bytes, isLast: ready.isLast) ?? false, !ready.isLast else { break }
            portion = lasts ? await desk.portion(of: feed) : await next
        }
        feed.end()
        feeds[number] = nil
    }
}

extension ControlRequest {
    /// Its answer goes on for as long as something goes on that it is about.
    fileprivate var lasts: Bool {
        switch self {
        case .events, .output(_, follows: true): true
        default: false
        }
    }
}

extension ControlPart {
    fileprivate var isLarge: Bool {
        if case .content = self { true } else { false }
    }
}
