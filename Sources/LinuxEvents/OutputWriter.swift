internal import CLinux

// A log that cannot hold the service up.
//
// Problem: standard output may be a pipe whose reader has stopped, and then write(2) waits for ever. The loop must not.
//
// So a thread of its own writes, from a bounded buffer that the loop appends to. Three marks on its size:
//   0 ────── low ────── congested ────── capacity
// At `congested` callers should produce less; when the thread gets below `low` again, who asked is told, on the loop. Beyond `capacity`
// bytes are refused and counted. Many small appends leave as one write: in a burst the thread rests between two of them, because a wake-up
// for each line cost more than the line. A reader that is gone (EPIPE) turns the writer into a sink without
// bottom: nothing is congested, nothing waits. SIGPIPE is ignored process-wide; the launcher gives children its default back.

/// Writes to a descriptor from a thread of its own.
public final class OutputWriter: @unchecked Sendable {
    private let descriptor: Int32
    private let loop: EventLoop
    private let capacity: Int
    private var mutex = pthread_mutex_t()
    private var changed = pthread_cond_t()

    // Under the mutex.
    private var buffer: [UInt8] = []
    /// Bytes that the thread has taken and not written yet.
    private var inFlight = 0
    private var broken = false
    private var closing = false
    private var hasThread = false
    private var refused = 0
    /// The last byte taken was no newline.
    private var isMidLine = false
    private var waiters: [@Sendable () -> Void] = []

    private var congestion: Int { capacity / 2 }
    private var low: Int { capacity / 8 }

    /// Writes to `descriptor`, which stays the caller's and open.
    public init(descriptor: Int32, loop: EventLoop, capacity: Int = 4 << 20) {
        self.descriptor = descriptor
        self.loop = loop
        self.capacity = capacity
        cl_ignore_signal(SIGPIPE)
        pthread_mutex_init(&mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(&changed, &attributes)
        pthread_condattr_destroy(&attributes)
        startThread()
    }

    deinit {
        pthread_cond_destroy(&changed)
        pthread_mutex_destroy(&mutex)
    }

    /// Appends bytes, all or none; false when there is no room. Never waits.
    ///
    /// - Parameter onFreshLine: a newline goes before them where the bytes until now end without one.
    @discardableResult
    public func write(_ bytes: UnsafeRawBufferPointer, onFreshLine: Bool = false) -> Bool {
        locked {
            if broken || closing { return true }
            guard let last = bytes.last else { return true }
            guard buffer.count + inFlight + bytes.count <= capacity else {
                refused += bytes.count
                return false
            }
            if !hasThread { startThread() }
            if buffer.isEmpty { pthread_cond_broadcast(&changed) }
            if onFreshLine, isMidLine { buffer.append(UInt8(ascii: "\n")) }
            buffer.append(contentsOf: bytes)
            isMidLine = last != UInt8(ascii: "\n")
            return true
        }
    }

    @discardableResult
    public func write(_ bytes: [UInt8], onFreshLine: Bool = false) -> Bool {
        bytes.withUnsafeBytes { write($0, onFreshLine: onFreshLine) }
    }

    /// Whether callers should hold back.
    public var isCongested: Bool { locked { buffer.count + inFlight > congestion } }

    /// Bytes that were refused for want of room so far.
    public var refusedBytes: Int { locked { refused } }

    /// Calls `handler` on the loop, once, when the buffer is nearly empty; soon, if it is so now.
    public func whenDrained(_ handler: @escaping @Sendable () -> Void) {
        let now = locked {
            if buffer.count + inFlight <= low { return true }
            waiters.append(handler)
            return false
        }
        if now { loop.perform(handler) }
    }

    /// Waits until everything is written, at most `limit`; true if it is. Blocks the caller: for the end of the program.
    @discardableResult
    public func flush(_ limit: Duration) -> Bool {
        var time = SystemClocks.conditionDeadline(after: limit)
        return locked {
            while !buffer.isEmpty || inFlight > 0 {
                if pthread_cond_timedwait(&changed, &mutex, &time) != 0 { return buffer.isEmpty && inFlight == 0 }
            }
            return true
        }
    }

    /// Ends the thread once everything is written; later bytes are dropped.
    public func close() {
        locked {
            closing = true
            pthread_cond_broadcast(&changed)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        return body()
    }
}

// The thread.
extension OutputWriter {
    /// Where the system has no room for a thread now, the next bytes ask again.
    private func startThread() {
        hasThread = DetachedThread.start {
            cl_set_name("output")
            self.drain()
        }
    }

    private func drain() {
        var chunk: [UInt8] = []
        var last: Int64 = 0
        while take(&chunk) {
            let whole = writeAll(chunk)
            settle(broken: !whole)
            let now = SystemClocks.bootNanoseconds()
            if chunk.count < 1 << 16, now - last < Self.burst { usleep(Self.rest) }
            last = now
        }
    }

    /// Writes nearer to each other than this, in nanoseconds, are a burst.
    private static let burst: Int64 = 5_000_000
    /// Microseconds between two writes of a burst.
    private static let rest: useconds_t = 2000

    private func take(_ chunk: inout [UInt8]) -> Bool {
        locked {
            while buffer.isEmpty {
                if closing { return false }
                pthread_cond_wait(&changed, &mutex)
            }
            chunk.removeAll(keepingCapacity: chunk.capacity <= 1 << 18)
            swap(&chunk, &buffer)
            inFlight = chunk.count
            return true
        }
    }

    private func settle(broken failed: Bool) {
        let resumed: [@Sendable () -> Void] = locked {
            inFlight = 0
            if failed {
                broken = true
                buffer.removeAll()
            }
            pthread_cond_broadcast(&changed)
            guard buffer.count <= low else { return [] }
            defer { waiters.removeAll() }
            return waiters
        }
        for handler in resumed { loop.perform(handler) }
    }

    /// False when nobody will ever read.
    private func writeAll(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let count = CLinux.write(descriptor, rest.baseAddress, min(rest.count, 1 << 18))
                if count > 0 {
                    offset += count
                    locked { inFlight -= count }
                    continue
                }
                switch cl_errno() {
                case EINTR: continue
                case EAGAIN:
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, 1000)
                case ENOSPC, EDQUOT, EIO: return true
                default: return false
                }
            }
            return true
        }
    }
}
