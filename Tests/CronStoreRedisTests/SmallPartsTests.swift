@testable internal import CronStoreRedis
internal import CronExpressions
internal import CronJobs
internal import Testing

@Suite struct SmallPartsTests {
    @Test func scriptsAreNamedAsRedisNamesThem() {
        #expect(SHA1.hexadecimal("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(SHA1.hexadecimal("return 1") == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
        #expect(SHA1.hexadecimal(String(repeating: "a", count: 119)) == "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56")
    }

    @Test func whoAskedStandsBehindTheTrigger() {
        let request = RunRequest(.cancel, by: "uid 1, host b", at: WallTime(nanoseconds: 5))
        for by in [nil, "uid 7, pid 8, host née=+~,"] {
            for asked in [nil, request] {
                let word = AttemptWords.word(.manual, by: by, asked)
                let read = AttemptWords.trigger(word + "~5,web:boot:1,-")
                #expect(read.trigger == .manual && read.by == by && read.request == asked, "\(word)")
                #expect(!word.contains(" "))
            }
        }
        let old = AttemptWords.trigger("catch-up+\(RowText.encoded(request.stored))")
        #expect(old.trigger == .catchUp && old.by == nil && old.request == request, "as rows were before")
    }

    @Test func aNodeIsDeadOnlyWhereItsHostKnows() {
        let own = NodeName.new(host: "web"), boot = String(NodeName(own)?.boot ?? "")
        let life = (NodeName(own)?.life ?? "").split(separator: ".").map(String.init)
        func node(_ host: String, _ boot: String, _ life: [String]) -> String {
            RowText.encoded("\(host):\(boot):\(life.joined(separator: "."))")
        }
        #expect(NodeName(own)?.host == "web" && life.count == 4)
        #expect(NodeName(own)?.isDead(as: own) == false, "it is this process")
        // Whatever has our number now is not what had it at another time.
        let earlier = [life[0], life[1], "1", "abc"]
        #expect(NodeName(node("web", boot, earlier))?.isDead(as: own) == true)
        #expect(NodeName(node("other", boot, earlier))?.isDead(as: own) == false, "another host")
        #expect(NodeName(node("web", "other", earlier))?.isDead(as: own) == false, "another boot")
        #expect(NodeName(node("web", boot, ["1"] + earlier.dropFirst()))?.isDead(as: own) == false, "another namespace")
        #expect(NodeName("web:\(boot):abc123")?.isDead(as: own) == false, "of an earlier version")
        #expect(NodeName("nonsense") == nil)
    }

    @Test func waitsGrowWithinBoundsAndAreSpread() {
        var backoff = Backoff()
        #expect(backoff.next(random: 0.99) == .milliseconds(50))
        for _ in 0..<100 {
            let wait = backoff.next(random: 0.5)
            #expect(wait >= .milliseconds(50) && wait <= .seconds(5))
        }
        #expect(backoff.next(random: 0) == .milliseconds(50))
        #expect(backoff.next(random: 1) == .seconds(5))
        backoff.reset()
        #expect(backoff.next(random: 1) == .milliseconds(50))
    }

    @Test(arguments: [
        ("WRONGPASS invalid username-password pair or user is disabled.", RedisError.Kind.wrongPassword),
        ("DENIED Redis is running in protected mode because protected mode is enabled and no password is set", .protectedMode),
        ("NOAUTH Authentication required.", .passwordWanted), ("ERR DB index is out of range", .wrongDatabase),
        ("READONLY You can't write against a read only replica.", .readOnly),
        ("OOM command not allowed when used memory > 'maxmemory'.", .full),
        ("MISCONF Redis is configured to save RDB snapshots", .cannotPersist), ("LOADING Redis is loading the dataset in memory", .loading),
        ("CLUSTERDOWN Hash slot not served", .cluster), ("MOVED 3999 127.0.0.1:6381", .moved), ("BUSY Redis is busy", .busy),
        ("NOSCRIPT No matching script.", .noScript), ("MASTERDOWN Link with MASTER is down", .masterDown),
        ("NOREPLICAS Not enough good replicas to write.", .tooFewReplicas), ("NOPERM this user has no permissions", .forbidden),
        ("ERR Error running script: -OOM command not allowed when used memory > 'maxmemory'.", .full), ("ERR whatever", .refused),
        ("WRONGTYPE Operation against a key holding the wrong kind of value script: f, on @user_script:197.", .wrongType),
        ("ERR Error running script (call to f_a): @user_script:9: WRONGTYPE Operation against a key", .wrongType),
    ])
    func errorRepliesAreUnderstood(_ reply: String, _ kind: RedisError.Kind) {
        let error = RedisError(reply: reply, server: "cache:6379")
        #expect(error.kind == kind)
        #expect(error.description.hasPrefix("redis cache:6379: "))
    }

    @Test func everyErrorTellsTheOperatorWhatToDo() {
        for kind in RedisError.Kind.allCases {
            for server in ["h:1", "/run/redis.sock"] {
                let advice = RedisError(kind, server, "").advice
                // It may be the last word, and a socket has no port.
                #expect(advice.hasSuffix(".") && !advice.contains("again until") && !advice.contains("is followed"), "\(kind)")
                #expect(!(server.hasPrefix("/") && advice.contains("Check host and port")), "\(kind)")
            }
        }
    }

    @Test func wordsOfARowKeepAnyText() {
        for text in ["", "-", "--", "launchFailed(chdir (no ') \u{0} é)", "a b\nc", "%20", "skipped(overlap)", "missed(4)"] {
            let word = RowText.encoded(text)
            #expect(!word.contains(" ") && word != "-" && !word.isEmpty)
            #expect(RowText.decoded(word) == text, "\(word)")
        }
        #expect(RowText.encoded("skipped(overlap)") == "skipped(overlap)")
    }

    @Test func everyJobHasAnOrderOfNodesOfItsOwn() {
        let ledger = Rank(node: "b"), nodes = ["a", "b", "c"]
        let ranks = (0..<300).map { ledger.rank(of: JobID("job-\($0)"), among: nodes) }
        for rank in 0..<3 { #expect(ranks.count { $0 == rank } > 60, "\(rank)") }
        for index in 0..<50 {
            let job = JobID("job-\(index)")
            #expect(Set(nodes.map { Rank(node: $0).rank(of: job, among: nodes) }) == [0, 1, 2])
            #expect(ledger.rank(of: job, among: ["b"]) == 0)
        }
    }
}

private struct Rank {
    var node: String

    func rank(of job: JobID, among nodes: [String]) -> Int { NodeOrder.rank(of: job, node: node, among: nodes) }
}
