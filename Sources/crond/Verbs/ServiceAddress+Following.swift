internal import CronDaemon
internal import CronJobs
internal import Glibc
internal import LinuxEvents

// A service that says nothing may have nothing to say, or be stopped, and the kernel tells neither from the other. So it is asked beside.
//
//     heard ──10 s of silence──▶ asked for its status ──answers──▶ heard, as it were
//                                       └──10 s of silence──▶ left with 69

extension ServiceAddress {
    private static let silence = Duration.seconds(10)
    /// How long the first word is waited for, whatever else the service says.
    private static let patience = Duration.seconds(30)

    /// Hands on what the running service tells, as it comes, until that is over; false if its answer has no end. Leaves where it refuses or does not answer.
    func follow(_ request: ControlRequest, each take: (ControlPart) -> Void) -> Bool {
        let stream = listen(request), clocks = HostClocks(), begun = clocks.monotonic
        var heard = begun
        while !stream.isEnded {
            wait(for: stream, Self.silence - (clocks.monotonic - heard))
            let parts = Self.parts(of: stream)
            for part in parts { take(part) }
            if parts.isEmpty, clocks.monotonic - heard < Self.silence { continue }
            if parts.isEmpty { check(stream, since: begun, now: clocks.monotonic) }
            heard = clocks.monotonic
        }
        return stream.isWhole
    }

    private func wait(for stream: ControlStream, _ time: Duration) {
        var ready = pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&ready, 1, Int32(clamping: max(.zero, time).wholeMilliseconds + 1))
    }

    private static func parts(of stream: ControlStream) -> [ControlPart] {
        do { return try stream.take() } catch { Output.fail(error) }
    }

    /// Leaves where it is as good as gone.
    private func check(_ stream: ControlStream, since begun: MonotonicTime, now: MonotonicTime) {
        guard !stream.isEnded else { return }
        _ = ask(.service)
        if !stream.isBegun, now - begun >= Self.patience {
            Output.fail(.silent(at: configuration().socket ?? "", for: Self.patience))
        }
    }
}
