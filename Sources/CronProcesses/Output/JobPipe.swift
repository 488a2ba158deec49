internal import CLinux
internal import CronJobs
internal import LinuxEvents

/// Our end of one output of a job. It may outlive the run: a process that the run left behind keeps it open.
final class JobPipe {
    enum Reading {
        /// Nothing there now, or enough for this time.
        case more
        /// Nobody can write any more.
        case ended
    }
    static let bytesPerWakeUp = 256 * 1024

    let descriptor: Int32
    var origin: OutputOrigin
    var watch: Watch?
    /// Out of epoll because the sink is congested.
    var isPaused = false
    /// Where the last bytes are kept until the outcome is told.
    var tail: OutputTail?
    private(set) var isClosed = false
    private var splitter = LineSplitter()

    init(descriptor: Int32, origin: OutputOrigin, tail: OutputTail) {
        self.descriptor = descriptor
        self.origin = origin
        self.tail = tail
    }

    /// Reads what is there, up to a bound, and hands it on. `buffer` is anybody's scratch memory.
    func read(into buffer: UnsafeMutableRawBufferPointer, sink: any OutputSink) -> Reading {
        var left = Self.bytesPerWakeUp
        while left > 0 {
            let count = CLinux.read(descriptor, buffer.baseAddress, min(buffer.count, left))
            if count == 0 { return .ended }
            if count < 0 {
                switch cl_errno() {
                case EINTR: continue
                case EAGAIN: return .more
                default: return .ended
                }
            }
            left -= count
            take(UnsafeBufferPointer(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).assumingMemoryBound(to: UInt8.self)), sink)
            if count < buffer.count { return .more }
        }
        return .more
    }

    func close() {
        isClosed = true
        CLinux.close(descriptor)
    }

    /// Hands on a line that is not complete.
    func flush(to sink: any OutputSink) {
        splitter.finish { sink.line($0, from: origin, continued: $1) }
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ sink: any OutputSink) {
        tail?.append(bytes)
        switch origin.mode {
        case .none: break
        case .raw: sink.line(bytes, from: origin, continued: false)
        case .lines, .json: splitter.feed(bytes) { sink.line($0, from: origin, continued: $1) }
        }
    }
}
