// tidy: helper

/// Several services over one table and one Redis.
struct Replicas {
    let all: [Daemon]

    /// - Parameter stores: each one's own URL of the Redis, which may lead through something that loses words.
    init(_ plain: Plain, stores: [String], table: String) async throws {
        plain.folder.write("crontab", table)
        var all: [Daemon] = []
        for (number, store) in stores.enumerated() {
            all.append(try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-\(number)"], store: store))
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
