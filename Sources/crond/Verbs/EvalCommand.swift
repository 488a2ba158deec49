internal import ArgumentParser
internal import Glibc

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Answer JSON lines: for scripts and other languages.",
        discussion: """
            One JSON object a line on standard input, one on standard output for each, in order.

              {"expr":"*/5 * * * *","tz":"Europe/Berlin","after":"2027-01-01T00:00:00Z","count":3}
                → {"next":["2027-01-01T01:05:00+01:00",…]}
              {"crontab":"* * * * * root true\\n","format":"system"}   or   {"path":"/etc/crontab"}
                → {"entries":[…],"errors":[…]}
              with "lang":"en" or "lang":"zh" beside any of them
                → what each expression means in words, too: {"meaning":"Every 5 minutes",…}
              anything that cannot be answered
                → {"error":"…"}
            """)

    func run() {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = read(0, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            if got < 0 { Output.fail(66, "standard input: \(String(cString: strerror(errno)))") }
            if got == 0 { break }
            let part = buffer[..<got]
            // Only what is new is searched for line ends: a line may be long.
            guard let last = part.lastIndex(of: 10) else {
                pending += part
                continue
            }
            pending += part[..<last]
            answer(pending)
            pending = Array(part[(last + 1)...])
        }
        if !pending.isEmpty { answer(pending) }
    }

    /// All answers of one read in one write.
    private func answer(_ lines: [UInt8]) {
        var answers: [UInt8] = []
        for line in lines.split(separator: 10, omittingEmptySubsequences: false) { answers += Evaluator.answer(line) }
        Output.write(answers)
    }
}
