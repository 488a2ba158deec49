@testable internal import CronFeed
internal import CronJobs
internal import Testing

@Suite("Requests on their way to others' servers") struct DeliveryMachineTests {
    /// The machine with everybody around it, on a clock of its own.
    private struct Post {
        var machine = DeliveryMachine()
        var now = MonotonicTime(nanoseconds: 0)
        var sent: [Int] = []
        var settled: [Int: DrainMachine.Answer] = [:]
        var said: [String] = []
        var wakes: [MonotonicTime] = []
        var open: Set<Int> = []
        /// Where those that were sent went.
        var hosts: [Int: String] = [:]
        var limits: [Int: Duration] = [:]
        /// How each host answers; those that have no answer hang for 10 s.
        var answers: [String: DeliveryMachine.Answer] = [:]
        private var number = 0

        mutating func submit(_ job: String, _ host: String = "a.example", _ kind: HookCall.Kind = .ping) -> Int {
            number += 1
            let url = WebURL("https://\(host)/x")!
            let call = HookCall(kind: kind, job: JobID(job), url: url, target: "/x", id: "\(number)")
            perform(.submitted([(number, call)]))
            return number
        }

        mutating func answer(_ ticket: Int, _ answer: DeliveryMachine.Answer) {
            #expect(open.remove(ticket) != nil, "\(ticket) is not on its way")
            perform(.answered(ticket, answer))
        }

        mutating func withdraw() { perform(.withdrawn) }

        /// Lets time pass, with all that is due in it.
        mutating func pass(_ length: Duration) {
            let end = now + length
            while let next = wakes.min(), next <= end {
                wakes.removeAll { $0 == next }
                now = next
                perform(.timeIsUp)
            }
            now = end
        }

        /// Lets a second pass, in which hosts answer as they do.
        mutating func live() {
            for ticket in open.sorted() {
                if let answer = answers[hosts[ticket] ?? ""] {
                    self.answer(ticket, answer)
                } else {
                    ages[ticket, default: 0] += 1
                    if .seconds(ages[ticket] ?? 0) >= limits[ticket] ?? .zero { answer(ticket, .unreachable("timeout")) }
                }
            }
            pass(.seconds(1))
        }

        /// How long those that hang have been on their way, in seconds.
        private var ages: [Int: Int] = [:]

        private mutating func perform(_ event: DeliveryMachine.Event) {
            for effect in machine.handle(event, now: now) {
                switch effect {
                case .send(let ticket, let call, let limit):
                    sent.append(ticket)
                    ages[ticket] = nil
                    open.insert(ticket)
                    hosts[ticket] = call.url.host.host
                    limits[ticket] = limit
                case .settle(let ticket, let answer):
                    #expect(settled[ticket] == nil, "\(ticket) is settled twice")
                    settled[ticket] = answer
                case .wake(let length): wakes.append(now + length)
                case .say(.away(let host, let reason)): said.append("away \(host) \(reason)")
                case .say(.back(let host)): said.append("back \(host)")
                case .say(.hangs(let call, let reason)): said.append("hangs \(call.job) \(reason)")
                case .say(.lost(let call, let reason)): said.append("lost \(call.id) \(reason)")
                case .say(.goesOn(let call, let lost)): said.append("goes on \(call.id) \(lost)")
                }
            }
        }
    }

    @Test("A job's requests of one kind go one after the other, others beside them, four to a host") func order() {
        var post = Post()
        let start = post.submit("a"), end = post.submit("a"), hook = post.submit("a", "a.example", .webhook)
        #expect(post.sent == [start, hook])
        let others = (0..<4).map { post.submit("b\($0)") }
        #expect(post.sent == [start, hook, others[0], others[1]])
        let elsewhere = post.submit("c", "c.example")
        #expect(post.sent.last == elsewhere)
        post.answer(start, .taken)
        #expect(post.settled[start] == .arrived && post.sent.count == 6 && !post.sent.contains(end), "others' turn comes first")
        for ticket in [hook, others[0], others[1]] { post.answer(ticket, .taken) }
        #expect(post.sent.contains(end))
        for ticket in post.open { post.answer(ticket, .taken) }
        for ticket in post.open { post.answer(ticket, .taken) }
        #expect(post.settled.count == 8 && post.said.isEmpty && post.wakes.isEmpty)
    }

    @Test("What is refused is lost at once; said once, until something is taken again") func refused() {
        var post = Post()
        let tickets = (0..<3).map { _ in post.submit("a") }
        post.answer(tickets[0], .refused("404 Not Found"))
        post.answer(tickets[1], .refused("404 Not Found"))
        post.answer(tickets[2], .taken)
        #expect(post.said == ["lost 1 404 Not Found", "goes on 3 2"])
        #expect(post.settled.values.allSatisfy { $0 == .arrived } && post.settled.count == 3)
    }

    @Test("A server that is busy is asked again, later each time, and not for ever; the other jobs of that host do not wait") func busy() {
        var post = Post()
        let slow = post.submit("slow"), next = post.submit("slow")
        post.answer(slow, .busy("503 Service Unavailable"))
        let other = post.submit("other")
        #expect(post.sent == [slow, other])
        post.answer(other, .taken)
        var pauses: [Duration] = []
        for _ in 2...DeliveryMachine.mostTries {
            let from = post.now
            while !post.open.contains(slow) { post.pass(.milliseconds(100)) }
            pauses.append(post.now - from)
            post.answer(slow, .busy("503 Service Unavailable"))
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32].map { .seconds($0) })
        #expect(post.said == ["lost \(slow) 503 Service Unavailable, 7 times"])
        #expect(post.settled[slow] == .arrived && post.open == [next])
    }

    @Test("A server that says when is asked then, not sooner, nor later than within its bound; a moment does not hurry us")
    func askedToWait() {
        var post = Post()
        let ticket = post.submit("a"), other = post.submit("other")
        post.answer(other, .taken)
        var pauses: [Duration] = []
        for asked in [3, 0, 3600] as [Int] {
            post.answer(ticket, .busy("429 Too Many Requests", after: .seconds(asked)))
            let from = post.now
            while !post.open.contains(ticket) { post.pass(.milliseconds(500)) }
            pauses.append(post.now - from)
        }
        #expect(pauses == [3, 2, 600].map { .seconds($0) })
        post.answer(ticket, .busy("429 Too Many Requests", after: .seconds(600)))
        post.pass(.seconds(601))
        #expect(post.settled[ticket] == .arrived && post.said == ["lost \(ticket) it was not taken for 15 minutes"])
    }

    @Test("A host that does not answer gets one request at a time, later each time, until it does; others get theirs") func away() {
        var post = Post()
        let tickets = (0..<6).map { post.submit("j\($0)") }
        for ticket in tickets[0..<4] { post.answer(ticket, .unreachable("Connection refused")) }
        #expect(post.said == ["away https://a.example Connection refused"])
        #expect(post.open.isEmpty && post.machine.obstacle == "https://a.example: Connection refused")
        let elsewhere = post.submit("j0", "b.example")
        post.answer(elsewhere, .taken)
        post.pass(.seconds(1))
        #expect(post.open == [tickets[4]], "another's turn, and one only")
        post.answer(tickets[4], .unreachable("Connection refused"))
        post.pass(.milliseconds(1999))
        #expect(post.open.isEmpty)
        post.pass(.milliseconds(1))
        #expect(post.open == [tickets[5]])
        post.answer(tickets[5], .taken)
        #expect(post.said.last == "back https://a.example" && post.open.count == 4 && post.machine.obstacle == nil)
        while let ticket = post.open.first { post.answer(ticket, .taken) }
        #expect(post.settled.count == 7 && post.settled.values.allSatisfy { $0 == .arrived })
    }

    @Test("What waits is bounded, in a lane, for a host that is away, and in time: the oldest are lost, and said") func bounded() {
        var post = Post()
        let first = post.submit("a")
        for _ in 0..<DeliveryMachine.mostInLane { _ = post.submit("a") }
        #expect(post.settled.keys.sorted() == [first + 1], "the oldest that is not on its way")
        post.answer(first, .unreachable("timeout"))
        for index in 0..<200 { _ = post.submit("b\(index)") }
        #expect(post.settled.count == 1 + DeliveryMachine.mostInLane + 200 - DeliveryMachine.mostOfHostAway)
        #expect(post.settled.keys.max() ?? 0 < 150, "the newest are kept")
        while post.now < MonotonicTime(nanoseconds: 0) + .seconds(1000) {
            post.pass(.seconds(1))
            for ticket in post.open { post.answer(ticket, .unreachable("timeout")) }
        }
        #expect(post.settled.count == 221 && post.machine.obstacle == nil, "nothing waits for it: it is not known whether it is away")
        post.pass(.seconds(100))
        #expect(post.wakes.isEmpty, "nothing is left to wake for")
    }

    @Test("What is withdrawn is called back, what is on its way once its answer is there; none is settled twice, none forgotten")
    func withdrawn() {
        var post = Post()
        let going = [post.submit("a"), post.submit("b"), post.submit("c")], waiting = [post.submit("a"), post.submit("a")]
        post.withdraw()
        #expect(post.settled == [waiting[0]: .calledBack, waiting[1]: .calledBack])
        post.answer(going[0], .taken)
        post.answer(going[1], .unreachable("x"))
        post.answer(going[2], .busy("x"))
        #expect(post.settled[going[0]] == .arrived && post.settled[going[1]] == .calledBack && post.settled[going[2]] == .calledBack)
        #expect(post.machine.obstacle == nil)
        let again = post.submit("a")
        #expect(post.open == [again])
    }

    @Test("Hosts that hang hold up none that answers, however many, and one that was never tried not for long", arguments: [18, 300, 3000])
    func hanging(count: Int) {
        var post = Post()
        post.answers = ["good.example": .taken, "late.example": .taken]
        func everyFiveSeconds() -> Int {
            for index in 0..<count { _ = post.submit("h\(index)", "h\(index).example", .webhook) }
            return post.submit("good", "good.example")
        }
        _ = everyFiveSeconds()
        var seconds = 0
        while !post.hosts.values.contains("good.example"), seconds < 100 {
            post.live()
            seconds += 1
            if seconds % 5 == 0 { _ = everyFiveSeconds() }
        }
        #expect(seconds <= (count < 150 ? 0 : 5 + count / 50), "never tried before, it was \(seconds) s late")
        for _ in 0..<4 { post.live() }
        for _ in 0..<8 {
            let ticket = everyFiveSeconds()
            let isAsked = post.open.contains(ticket)
            #expect(isAsked, "it answers: it is asked at once, though \(post.open.count) are on their way")
            for _ in 0..<5 { post.live() }
            #expect(post.open.count <= DeliveryMachine.mostOnTheirWay)
        }
        let late = post.submit("late", "late.example")
        let isTried = post.open.contains(late)
        #expect(isTried, "those that hang are known to by now, and hold up nobody who was never tried")
        #expect(Set(post.limits.values) == (count < 150 ? [.seconds(10)] : [.seconds(3), .seconds(10)]), "only where there are very many")
        #expect(post.machine.waits.count == count)
        #expect(post.machine.obstacle == "https://h0.example: timeout, and \(count - 1) more")
    }

    @Test("What waits in all is bounded, too: those are lost that wait for hosts that do not answer") func allBounded() {
        var post = Post()
        post.answers = ["good.example": .taken]
        let known = post.submit("good", "good.example")
        post.live()
        #expect(post.settled[known] == .arrived)
        let good = (0..<1000).map { post.submit("g\($0)", "good.example") }
        for _ in 0..<3 { for index in 0..<2000 { _ = post.submit("h\(index)", "h\(index).example") } }
        #expect(post.settled.count == 1 + 3000, "of 7000 that are open: the bound")
        #expect(good.allSatisfy { post.settled[$0] == nil })
        #expect((1 + 1000 + 4000 + 1...1 + 1000 + 6000).allSatisfy { post.settled[$0] == nil }, "of each lane the newest is kept")
    }

    @Test("A URL that hangs while its host answers others pauses alone; the host's coming and going fills no log") func urlHangs() {
        var post = Post()
        var good: [Int] = []
        for second in 0..<300 {
            if second % 5 == 0 {
                _ = post.submit("bad", "a.example", .webhook)
                good.append(post.submit("good"))
            }
            for ticket in post.open.sorted() {
                post.answer(ticket, good.contains(ticket) ? .taken : .unreachable("it closed the connection"))
            }
            post.pass(.seconds(1))
        }
        #expect(good.dropFirst().allSatisfy { post.settled[$0] == .arrived })
        for word in ["away", "back"] { #expect(post.said.filter { $0.hasPrefix(word) }.count == 1, "\(post.said)") }
        #expect(post.said.filter { $0.hasPrefix("hangs") }.count <= 5)
        #expect(post.said.contains("hangs bad it closed the connection"))
        #expect(post.machine.obstacle == "https://a.example, job bad: it closed the connection")
        post.pass(.seconds(1000))
        #expect(post.said.filter { $0.hasPrefix("lost") }.count == 1)
    }

    @Test("Whether a host is there again is asked by one that has not failed itself, beside those that still hang") func probes() {
        var post = Post()
        let hangs = post.submit("hangs"), closes = post.submit("closes")
        post.answer(closes, .unreachable("closed"))
        let good = post.submit("good")
        post.pass(.seconds(1))
        #expect(post.open == [hangs, good])
        post.answer(good, .taken)
        #expect(post.open == [hangs, closes])
        post.answer(closes, .unreachable("closed"))
        post.answer(hangs, .unreachable("timeout"))
        #expect(post.machine.waits.count == 2 && post.machine.waits["https://a.example"] == nil, "\(post.machine.waits)")
    }

    @Test("A host that answers now and then is told of once a minute, and at last as it is") func flaps() {
        var post = Post()
        for index in 0..<60 {
            let ticket = post.submit("a")
            post.pass(.seconds(1))
            if post.open.contains(ticket) { post.answer(ticket, .unreachable("timeout")) }
            post.pass(.seconds(1))
            if index < 59, post.open.contains(ticket) { post.answer(ticket, .taken) }
        }
        #expect((2...3).contains(post.said.filter { $0.hasPrefix("away") }.count), "in two minutes: \(post.said)")
        #expect(post.said.count <= 6)
        #expect(post.machine.obstacle == "https://a.example: timeout")
    }

    @Test("Whose turn did not come is tried again, and nobody is blamed") func untried() {
        var post = Post()
        let ticket = post.submit("a")
        post.answer(ticket, .untried)
        #expect(post.machine.obstacle == nil && post.said.isEmpty && post.open.isEmpty)
        post.pass(.seconds(1))
        post.answer(ticket, .taken)
        #expect(post.settled == [ticket: .arrived])
        let other = post.submit("a")
        post.withdraw()
        post.answer(other, .untried)
        #expect(post.settled[other] == .calledBack)
    }

    @Test(
        "Whatever is answered, in any order: each request is settled once, and no end overtakes its start",
        arguments: 1...40 as ClosedRange<UInt64>)
    func anyOrder(seed: UInt64) {
        var post = Post(), state = seed &* 0x9E37_79B9_7F4A_7C15
        func roll(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var submitted: [String: [Int]] = [:]
        for _ in 0..<600 {
            let job = "j\(roll(5))", host = "h\(roll(2)).example"
            switch roll(10) {
            case 0...3: submitted[job + host, default: []].append(post.submit(job, host))
            case 4...7:
                guard let ticket = post.open.sorted().dropFirst(roll(max(1, post.open.count))).first else { continue }
                post.answer(ticket, [.taken, .taken, .refused("r"), .busy("b"), .unreachable("u")][roll(5)])
            case 8: post.pass(.seconds(roll(90)))
            default: if roll(20) == 0 { post.withdraw() }
            }
            #expect(post.open.count <= DeliveryMachine.mostOnTheirWay)
        }
        while !post.open.isEmpty || !post.wakes.isEmpty {
            for ticket in post.open { post.answer(ticket, .taken) }
            post.pass(.seconds(60))
        }
        #expect(post.settled.count == submitted.values.joined().count)
        for tickets in submitted.values {
            let firsts = post.sent.filter { tickets.contains($0) }
            #expect(firsts == firsts.sorted(), "in the order in which they were submitted, again or not")
        }
    }
}
