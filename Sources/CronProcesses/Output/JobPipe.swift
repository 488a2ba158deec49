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
    let run: RunID
    private let stream: OutputStream
    private let mode: LogMode
    /// The run's outcome has been told; the pipe lives on.
    var isLate = false
    var watch: Watch?
    /// Out of epoll because the sink is congested.
    var isPaused = false
    /// Where the last bytes are kept until the outcome is told.
    var tail: OutputTail?
    private(set) var isClosed = false
    private var splitter = LineSplitter()

    init(descriptor: Int32, run: RunID, stream: OutputStream, mode: LogMode, tail: OutputTail) {
        self.descriptor = descriptor
        self.run = run
        self.stream = stream
        self.mode = mode
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
        splitter.finish { emit($0, $1, sink) }
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ sink: any OutputSink) {
        tail?.append(bytes)
        switch mode {
        case .none: break
        case .raw: emit(bytes, true, sink)
        case .lines, .json: splitter.feed(bytes) { emit($0, $1, sink) }
        }
    }

    private func emit(_ bytes: UnsafeBufferPointer<UInt8>, _ continued: Bool, _ sink: any OutputSink) {
        sink.line(bytes, of: run, stream: stream, late: isLate, continued: continued, mode: mode)
    }
}
