internal import CronExpressions
internal import CronJobs
internal import Glibc
internal import LinuxEvents

/// Ends the program where a file system does not answer. A call that waits for one can be ended by nothing but the end of its process, so
/// another thread looks at the time.
enum TimeLimit {
    /// Runs `body`, which touches a path; leaves with 75 where it has not come back in time.
    static func asking<Result, Failure: Error>(
        _ path: String, within seconds: Int32 = 60, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let end = begin(path, seconds)
        defer { if let end { close(end) } }
        return try body()
    }

    /// Ends the program, with a complaint if there is one, whatever it is doing, unless it has ended by then.
    static func end(after limit: Duration, _ code: Int32, _ complaint: String? = nil) {
        let line = complaint.map { "crond: \($0)\n" } ?? "", milliseconds = Int32(clamping: limit.wholeMilliseconds)
        _ = DetachedThread.start {
            while poll(nil, 0, milliseconds) != 0 {}
            _ = line.withCString { write(2, $0, strlen($0)) }
            _exit(code)
        }
    }

    private final class Watch: Sendable {
        let descriptor: Int32
        let seconds: Int32
        let complaint: String

        init(_ descriptor: Int32, _ path: String, _ seconds: Int32) {
            self.descriptor = descriptor
            self.seconds = seconds
            complaint = "crond: \(VisibleText.shown(path)): no answer within \(seconds) s; can its file system be reached?\n"
        }

        /// Until the other end of the pipe is closed, or the time is over.
        func wait() {
            var other = pollfd(fd: descriptor, events: 0, revents: 0)
            while true {
                let ready = poll(&other, 1, seconds * 1000)
                if ready < 0, errno == EINTR { continue }
                if ready == 0 {
                    _ = complaint.withCString { write(2, $0, strlen($0)) }
                    _exit(75)
                }
                close(descriptor)
                return
            }
        }
    }

    /// What is to be closed at the end. Without a thread or descriptors there is no limit.
    private static func begin(_ path: String, _ seconds: Int32) -> Int32? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let watch = Watch(ends[0], path, seconds)
        if !DetachedThread.start({ watch.wait() }) { close(ends[0]) }
        return ends[1]
    }
}
