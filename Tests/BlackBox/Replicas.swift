// tidy: helper

/// Several services over one table and one Redis.
struct Replicas {
    let all: [Daemon]

    /// - Parameters:
    ///   - stores: each one's own URL of the Redis, which may lead through something that loses words.
    ///   - haveHosts: each has a host of its own, `replica-0` and so on.
    init(_ plain: Plain, stores: [String], table: String, haveHosts: Bool = false) async throws {
        plain.folder.write("crontab", table)
        var all: [Daemon] = []
        for (number, store) in stores.enumerated() {
            let host = haveHosts ? ["--host", "replica-\(number)"] : []
            all.append(try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-\(number)"] + host, store: store))
        }
        self.all = all
    }

    subscript(_ number: Int) -> Daemon { all[number] }

    func stop() async throws {
        for replica in all where replica.isRunning { _ = try await replica.stop() }
    }
}

extension Plain {
    /// Waits for so many more starts than there are.
    func moreStarts(_ count: Int, within limit: Duration = .seconds(40)) async throws {
        let before = folder.lines("out/starts").count
        try await eventually("\(count) more starts", within: limit) { folder.lines("out/starts").count >= before + count }
    }
}
