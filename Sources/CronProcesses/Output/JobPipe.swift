internal import CLinux
internal import CronJobs
internal import LinuxEvents

/// Our end of one output of a job. It may outlive the run: a process that the run left behind keeps it open.
///
/// What it carries is masked first of all: neither the log nor what is kept ever has a secret, wherever a read cuts it.
///
/// It is read in visits that are short, so that many pipes share a turn of the loop. What a visit has read and not handed on is held for the
/// next one: less than one read.
final class JobPipe {
    /// What one visit came to.
    struct Visit {
        enum Result {
            /// There is more, or may be.
            case more
            /// Nothing is there now.
            case drained
            /// Nobody can write any more, and all is handed on.
            case ended
        }
        var result: Result
        var bytes = 0
        var lines = 0
    }
    static let bytesPerVisit = 16 * 1024
    static let linesPerVisit = 64

    let descriptor: Int32
    let run: RunID
    private let stream: OutputStream
    private let mode: LogMode
    /// The run's outcome has been told; the pipe lives on.
    var isLate = false
    var watch: Watch?
    /// Waits for its turn to be read.
    var isQueued = false
    /// Out of epoll because the sink is congested.
    var isPaused = false
    /// Where it is kept until the outcome is told.
    var kept: RunOutput?
    /// The run whose outcome waits until what was there when its leader exited has been handed on: `owed` bytes.
    var awaitedBy: RunningProcess?
    private var owed = 0
    private(set) var isClosed = false
    private var masked: MaskedStream?
    private var splitter = LineSplitter()
    /// Read and masked, and not handed on yet.
    private var held: [UInt8] = []
    private var heldStart = 0
    /// The last piece handed on ended inside a line.
    private var isMidLine = false
    private var isWide = false

    init(descriptor: Int32, run: RunID, stream: OutputStream, mode: LogMode, mask: SecretMask?, kept: RunOutput) {
        self.descriptor = descriptor
        self.run = run
        self.stream = stream
        self.mode = mode
        masked = mask.map { MaskedStream($0) }
        self.kept = kept
    }

    /// Reads and hands on a little. `buffer` is anybody's scratch memory.
    func visit(_ buffer: UnsafeMutableRawBufferPointer, sink: any OutputSink) -> Visit {
        var visit = heldStart < held.count ? handOnHeld(sink) : read(buffer, sink)
        if visit.result == .more, awaitedBy != nil, owed < 0 { visit.result = .drained }
        return visit
    }

    /// From now on `process` waits for what is in the pipe.
    func beAwaited(by process: RunningProcess) {
        var unread: Int32 = 0
        _ = cl_unread(descriptor, &unread)
        owed = Int(unread) + held.count - heldStart
        awaitedBy = process
    }

    /// Whether bytes are held that no event of the descriptor tells of.
    var holdsBytes: Bool { heldStart < held.count }

    func close() {
        isClosed = true
        CLinux.close(descriptor)
    }

    /// Hands on a line that is not complete, and what looked like the beginning of a secret.
    func flush(to sink: any OutputSink) {
        if masked != nil {
            var rest: [UInt8] = []
            masked?.finish(into: &rest)
            rest.withUnsafeBufferPointer { bytes in
                kept?.append(bytes)
                emitAll(bytes, sink)
            }
        }
        splitter.finish { emit($0, $1, sink) }
    }

    private func emitAll(_ bytes: UnsafeBufferPointer<UInt8>, _ sink: any OutputSink) {
        switch mode {
        case .none: break
        case .raw: if !bytes.isEmpty { emit(bytes, true, sink) }
        case .lines, .json: _ = splitter.feed(bytes) { emit($0, $1, sink) }
        }
    }

    private func read(_ buffer: UnsafeMutableRawBufferPointer, _ sink: any OutputSink) -> Visit {
        // What is not logged takes no time: a pipe's whole content at once.
        let most = mode == .none && masked == nil ? buffer.count : min(buffer.count, Self.bytesPerVisit)
        var count = 0
        repeat {
            count = CLinux.read(descriptor, buffer.baseAddress, most)
        } while count < 0 && cl_errno() == EINTR
        if count < 0, cl_errno() == EAGAIN { return Visit(result: .drained) }
        guard count > 0 else { return Visit(result: .ended) }
        if count == buffer.count, !isWide { widen() }
        let bytes = UnsafeBufferPointer(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).assumingMemoryBound(to: UInt8.self))
        guard masked != nil else { return handOn(bytes, sink) }
        var clean: [UInt8] = []
        clean.reserveCapacity(count)
        masked?.feed(bytes, into: &clean)
        owed += clean.count - count
        var visit = clean.withUnsafeBufferPointer { handOn($0, sink) }
        // What was read costs, also where little is left of it.
        visit.bytes = max(visit.bytes, count)
        return visit
    }

    /// What fills a pipe as fast as it is emptied gets a larger one, so that it and we wait for each other less often.
    private func widen() {
        isWide = true
        _ = cl_fcntl(descriptor, Self.setSize, 256 << 10)
    }

    /// F_SETPIPE_SZ, which the C library does not show to Swift.
    private static let setSize: Int32 = 1031

    private func handOn(_ bytes: UnsafeBufferPointer<UInt8>, _ sink: any OutputSink) -> Visit {
        kept?.append(bytes)
        let (taken, lines) = take(bytes, sink)
        owed -= taken
        if taken < bytes.count {
            held = Array(bytes[taken...])
            heldStart = 0
        }
        return Visit(result: .more, bytes: taken, lines: lines)
    }

    private func handOnHeld(_ sink: any OutputSink) -> Visit {
        let (taken, lines) = held.withUnsafeBufferPointer { take(UnsafeBufferPointer(rebasing: $0[heldStart...]), sink) }
        heldStart += taken
        owed -= taken
        if heldStart == held.count {
            held = []
            heldStart = 0
        }
        return Visit(result: .more, bytes: taken, lines: lines)
    }

    /// Hands on as much as one visit may; answers how many bytes and lines that was.
    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ sink: any OutputSink) -> (bytes: Int, lines: Int) {
        switch mode {
        case .none: return (bytes.count, 1)
        case .raw:
            emit(bytes, true, sink)
            return (bytes.count, 1)
        case .lines, .json:
            var lines = 0
            let taken = splitter.feed(bytes, lines: Self.linesPerVisit) {
                lines += 1
                emit($0, $1, sink)
            }
            return (taken, lines)
        }
    }

    private func emit(_ bytes: UnsafeBufferPointer<UInt8>, _ continued: Bool, _ sink: any OutputSink) {
        // The end of a long line is no line of its own, whatever it looks like.
        let mode = mode == .json && isMidLine ? .lines : mode
        isMidLine = continued
        sink.line(bytes, of: run, stream: stream, late: isLate, continued: continued, mode: mode)
    }
}
