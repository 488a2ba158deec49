import CronJobs
import Glibc
import Testing

@Suite("The control socket, asked by other programs", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct ControlProtocolTests {
    private static let table = """
        # crond: name=nightly
        0 0 1 1 * echo nightly
        # crond: name=backup
        0 0 1 2 * echo backup
        # crond: name=hello
        @reboot echo hello

        """

    private func running(_ table: String = table, _ body: (Plain, Daemon) async throws -> Void) async throws {
        try await Plain.use { plain in
            let service = try await plain.start(table)
            try await body(plain, service)
            #expect(try await service.stop() == 0)
        }
    }

    private func names(_ lines: [[String: JSONValue]]) -> [String] { lines.compactMap { $0["job"]?["id"]?.text } }

    @Test("The examples of the manual are true: each is asked, and answered with parts and fields like those shown")
    func examples() async throws {
        let text = try String(decoding: Self.manual(), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("> {") || $0.hasPrefix("< {") }.map { String($0) }
        try await running { plain, service in
            try await service.expectOutput("hello")
            var isEntered = false
            for _ in 0..<500 where !isEntered {
                let runs = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"runs","jobs":["hello"],"open":false}"#)
                isEntered = runs.count == 3
                if !isEntered { try await Task.sleep(for: .milliseconds(20)) }
            }
            var asked = 0, at = 0
            while at < lines.count {
                let request = lines[at].dropFirst(2)
                let shown = lines[(at + 1)...].prefix { $0.hasPrefix("<") }.map { String($0.dropFirst(2)) }
                at += 1 + shown.count
                let conversation = try Conversation(plain.socket)
                try conversation.send(String(request))
                for example in shown {
                    let wanted = try JSONReader.read(Array(example.utf8)), found = try await conversation.next()
                    #expect(Self.isLike(.object(found ?? [:]), wanted), "\(request)\n\(example)\n\(String(describing: found))")
                }
                if !request.contains("\"events\"") { #expect(try await conversation.next() == nil, "\(request)") }
                asked += 1
            }
            #expect(asked >= 12)
        }
    }

    private static func manual() throws -> [UInt8] {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let bytes = Folder(path: root).bytes("docs/manual/control.md") else { throw Complaint("there is no docs/manual/control.md") }
        return bytes
    }

    /// Whether a value has all the fields of another, of the same kinds.
    private static func isLike(_ value: JSONValue, _ shown: JSONValue) -> Bool {
        switch (value, shown) {
        case (.object(let fields), .object(let shown)):
            shown.allSatisfy { name, value in fields[name].map { isLike($0, value) } ?? false }
        case (.list(let list), .list(let shown)): list.isEmpty == shown.isEmpty
        case (.text, .text), (.number, .number), (.flag, .flag): true
        default: false
        }
    }

    @Test("Jobs are filtered, in order and in pages, on the service's side; the pages together are the table")
    func pages() async throws {
        let table = (0..<250).map { "# crond: name=job-\($0)\n\($0 % 60) 0 1 1 * echo \($0)\n" }.joined()
        try await running(table) { plain, _ in
            var found: [String] = [], after: String?, pages = 0
            repeat {
                let cursor = after.map { ",\"after\":\"\($0)\"" } ?? ""
                let lines = try await Conversation.ask(plain.socket, "{\"crond\":1,\"ask\":\"jobs\",\"limit\":100\(cursor)}")
                #expect(lines.first?["answer"]?.text == "jobs")
                #expect(lines.last?["end"]?["total"]?.number == 250)
                found += names(lines)
                after = lines.last?["end"]?["next"]?.text
                pages += 1
            } while after != nil && pages < 10
            #expect(pages == 3 && found == (0..<250).map { "job-\($0)" }.sorted())
            let few = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"jobs","contains":"echo 249","order":"next"}"#)
            #expect(names(few) == ["job-249"])
        }
    }

    @Test("A large revision comes in parts, and they are the file")
    func largeRevision() async throws {
        let filling = (0..<9000).map { "# \($0) \(String(repeating: "x", count: 60))\n" }.joined()
        try await running(filling + "0 0 1 1 * true\n") { plain, _ in
            let lines = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"files","revision":1}"#)
            #expect(lines.count > 4 && lines.last?["end"] != nil)
            #expect(try await plain.verb("table", "show", "1").out == plain.folder.read("crontab"))
        }
    }

    @Test("Who pauses a job is known by the socket, stands in the store, and is told to all who listen")
    func whoAsks() async throws {
        try await running { plain, _ in
            let listener = try Conversation(plain.socket), other = try Conversation(plain.socket)
            try listener.send(#"{"crond":1,"ask":"events","kinds":["paused","resumed"]}"#)
            try other.send(#"{"crond":1,"ask":"events","jobs":["backup"]}"#)
            #expect(try await listener.next()?["answer"]?.text == "events")
            #expect(try await other.next()?["answer"]?.text == "events")
            let lie = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"pause","jobs":["nightly"],"by":{"uid":12345}}"#)
            #expect(lie.count == 1 && lie[0]["code"]?.number == 76 && lie[0]["error"]?.text?.contains("\"by\"") == true, "\(lie)")
            let paused = try await Conversation.ask(
                plain.socket, #"{"crond":1,"ask":"pause","jobs":["nightly"],"until":"2099-01-01T00:00:00Z"}"#)
            #expect(paused.dropFirst().first?["changed"] == .list([.text("nightly")]), "\(paused)")
            let event = try await listener.next()?["event"]
            #expect(event?["kind"]?.text == "paused" && event?["job"]?.text == "nightly", "\(String(describing: event))")
            #expect(event?["by"]?["uid"]?.number == Int64(getuid()) && event?["by"]?["pid"]?.number == Int64(getpid()))
            let job = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"jobs","states":["paused"]}"#)[1]["job"]
            #expect(job?["pause"]?["by"]?.text?.hasPrefix("uid \(getuid()), pid \(getpid()), host ") == true, "\(String(describing: job))")
            #expect(job?["pause"]?["until"]?.text == "2099-01-01T00:00:00.000Z")
            #expect(try await plain.verb("pause", "backup").out == "paused backup\n")
            #expect(try await listener.next()?["event"]?["job"]?.text == "backup")
            #expect(try await other.next()?["event"]?["job"]?.text == "backup", "it heard nothing of the other job")
        }
    }

    @Test("A listener hears of starts and ends, of a changed table, and of the service's own end")
    func events() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("0 0 1 1 * true\n")
            let listener = try Conversation(plain.socket)
            try listener.send(#"{"crond":1,"ask":"events"}"#)
            #expect(try await listener.next()?["answer"]?.text == "events")
            plain.folder.write("crontab", Plain.seconds + "# crond: name=tick\n* * * * * ? echo tick\n")
            var kinds: [String] = [], outcome: String?
            while !kinds.contains("finished"), let event = try await listener.next()?["event"] {
                kinds.append(event["kind"]?.text ?? "")
                outcome = event["outcome"]?.text ?? outcome
            }
            #expect(kinds.first == "table" && kinds.contains("started") && outcome == "succeeded", "\(kinds)")
            try service.signal(15)
            while let line = try await listener.next() { kinds.append(line["event"]?["kind"]?.text ?? "?") }
            #expect(kinds.contains("ending"), "\(kinds)")
            #expect(try await service.end() == 0)
        }
    }

    @Test("A listener that does not read costs nobody else an event and the service no memory; it is told how many it lost")
    func slowListener() async throws {
        let jobs = (0..<40).map { "# crond: name=\(String(repeating: "long", count: 12))-\($0)\n* * * * * ? true\n" }.joined()
        try await running(Plain.seconds + jobs) { plain, _ in
            let slow = try Conversation(plain.socket), quick = try Conversation(plain.socket)
            for listener in [slow, quick] {
                try listener.send(#"{"crond":1,"ask":"events"}"#)
                #expect(try await listener.next()?["answer"]?.text == "events")
            }
            // What the socket's buffers take, and the queue of 1024: about 80 events a second come.
            var heard: Int64 = 0
            while heard < 2000, let event = try await quick.next()?["event"] {
                let number = try #require(event["number"]?.number)
                #expect(heard == 0 || number == heard + 1, "the quick one misses none")
                heard = number
            }
            #expect(try await plain.verb("status").code == 0)
            var last: Int64 = 0, lost: Int64 = 0
            while last < heard, let line = try await slow.next() {
                if let gap = line["gap"]?.number { lost = gap }
                guard let number = line["event"]?["number"]?.number else { continue }
                #expect(number == last + 1 || last == 0 || number == last + 1 + lost, "\(last) \(lost) \(number)")
                last = number
            }
            #expect(lost > 0)
        }
    }

    @Test("So many may listen at once; one who goes makes room; others are answered meanwhile")
    func manyListeners() async throws {
        try await running { plain, _ in
            var listeners: [Conversation] = []
            for _ in 0..<16 {
                let listener = try Conversation(plain.socket)
                try listener.send(#"{"crond":1,"ask":"events"}"#)
                #expect(try await listener.next()?["answer"]?.text == "events")
                listeners.append(listener)
            }
            let refused = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"events"}"#)
            #expect(refused.first?["code"]?.number == 75)
            #expect(try await plain.verb("status").code == 0)
            listeners.removeLast()
            var isHeard = false
            for _ in 0..<100 where !isHeard {
                let listener = try Conversation(plain.socket)
                try listener.send(#"{"crond":1,"ask":"events"}"#)
                isHeard = try await listener.next()?["answer"] != nil
            }
            #expect(isHeard)
        }
    }

    @Test("Verbs and services of other versions tell each other both versions")
    func versions() async throws {
        try await running { plain, _ in
            let old = try await Conversation.ask(plain.socket, #"{"verb":"status"}"#)
            #expect(
                old.count == 1 && old[0]["error"]?.text?.contains("older crond") == true && old[0]["error"]?.text?.contains("0.1.0") == true
            )
            let new = try await Conversation.ask(plain.socket, #"{"crond":2,"version":"9.9.9","ask":"service"}"#)
            #expect(new.count == 1 && new[0]["error"]?.text?.contains("crond 9.9.9, control protocol 2") == true, "\(new)")
            for line in ["", "nonsense", "[]", "{\"crond\":1}", String(repeating: "[", count: 1000)] {
                let refusal = try await Conversation.ask(plain.socket, line)
                #expect(refusal.count == 1 && refusal[0]["code"]?.number == 76, "\(line): \(refusal)")
            }
        }
        try await Plain.use { plain in
            let answers = [
                "{\"status\":{\"version\":\"0.0.7\"},\"error\":null}", "{\"crond\":5,\"version\":\"7.7.7\",\"answer\":\"service\"}",
            ]
            for (answer, words) in zip(answers, ["crond 0.0.7, whose control protocol has no number", "crond 7.7.7, control protocol 5"]) {
                plain.folder.write(
                    "old.py",
                    """
                    import os, socket
                    listener = socket.socket(socket.AF_UNIX)
                    listener.bind('\(plain.socket)'), listener.listen(4), open('\(plain.folder.path)/ready', 'w').close()
                    while True:
                        client, _ = listener.accept()
                        client.recv(65536), client.sendall(b'''\(answer)\\n'''), client.close()
                    """)
                let service = try Program(
                    ["python3", "\(plain.folder.path)/old.py"], out: "/dev/null", errors: "\(plain.folder.path)/old-errors")
                try await eventually("a service of another version") { plain.folder.exists("ready") }
                let result = try await plain.verb("status")
                #expect(result.code == 76 && result.errors.contains(words) && result.errors.contains("0.1.0"), "\(result)")
                service.signal(9)
                try await eventually("its end") { service.hasEnded }
                _ = try await Program.shell("rm -f \(plain.socket) \(plain.folder.path)/ready")
            }
        }
    }
}
