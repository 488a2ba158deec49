internal import CLaunch
internal import CLinux
internal import CronJobs
internal import LinuxEvents

// The threads that start processes, and the pool that tells them what.
//
// The loop hands starts over and fetches what came of them; the next start of a thread is decided by whoever brings its last one back. All
// that happens under one lock, which nobody holds while anything can block.

/// Launcher threads around a `LaunchPool`.
final class LauncherThreads: @unchecked Sendable {
    /// What the loop has to hear.
    enum News {
        case returned(UInt64, Result<Launched, LaunchFailure>, at: WallTime)
        case effect(LaunchPool.Effect)
    }
    private final class Seat: @unchecked Sendable {
        let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var order: (number: UInt64, order: LaunchOrder)?
        var ends = false

        init() { pthread_cond_init(condition, nil) }

        deinit {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }
    }

    private let launcher: Launcher
    private let clocks: any Clocks
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// While starts are on their way, that many come back before the loop is woken; the watchdog's look wakes it, too.
    private static let newsAtOnce = 8
    /// Tells the loop that there is news: once, until all of it has been taken.
    private let tell: @Sendable () -> Void

    // Under the lock.
    private var pool: LaunchPool
    private var seats: [Int: Seat] = [:]
    private var lastSeat = 0
    private var queued: [UInt64: LaunchOrder] = [:]
    /// By number; until the loop has taken what came of them.
    private var flying: [UInt64: LaunchOrder] = [:]
    private var news: [News] = []
    private var isTold = false

    init(_ launcher: Launcher, places: Int, clocks: any Clocks, tell: @escaping @Sendable () -> Void) {
        self.launcher = launcher
        self.clocks = clocks
        self.tell = tell
        pool = LaunchPool(places: places)
        pthread_mutex_init(mutex, nil)
        for _ in 0..<LaunchPool.threadsAtFirst { makeThread() }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    // MARK: For the loop

    func submit(_ starts: [(ticket: LaunchTicket, order: LaunchOrder)]) {
        locked {
            for start in starts {
                queued[start.ticket.number] = start.order
                perform(.submitted(start.ticket))
            }
        }
    }

    func handle(_ event: LaunchPool.Event) { locked { perform(event) } }

    func withdraw(where condition: (LaunchTicket) -> Bool) -> [UInt64] {
        locked {
            let numbers = pool.withdraw(where: condition)
            for number in numbers { queued[number] = nil }
            return numbers
        }
    }

    /// The oldest news; the caller comes again where `isMore`.
    func takeNews(_ limit: Int) -> (news: [News], isMore: Bool) {
        locked {
            let taken = Array(news.prefix(limit))
            news.removeFirst(taken.count)
            for case .returned(let number, _, _) in taken { flying[number] = nil }
            isTold = !news.isEmpty
            return (taken, isTold)
        }
    }

    /// The watchdog's look.
    func look() {
        locked {
            var states: [Int: LaunchPool.ChildState] = [:]
            for (id, seat) in seats { if let order = seat.order { states[id] = order.order.state } }
            perform(.looked(states))
            if !news.isEmpty { tellOnce() }
        }
    }

    var nextLook: Duration? { locked { pool.nextLook(now: clocks.wall) } }

    /// Kills a start that is with a thread; false when it has come back.
    func giveUp(_ number: UInt64) -> Bool { locked { flying[number] }?.giveUp() ?? false }

    var flyingNumbers: [UInt64] { locked { Array(flying.keys) } }

    func isFlying(_ number: UInt64) -> Bool { locked { flying[number] != nil } }

    /// Whether a process is the child of a start that the loop has not heard of yet.
    func owns(_ process: Int32) -> Bool { locked { flying.contains { $0.value.process == process } } }

    func makeThread() {
        locked {
            lastSeat += 1
            let id = lastSeat, seat = Seat()
            seats[id] = seat
            guard DetachedThread.start({ [self] in serve(id, seat) }) else {
                seats[id] = nil
                return perform(.threadNotMade)
            }
            perform(.threadMade(id))
        }
    }

    /// Ends the threads, each when it is idle.
    func end() {
        locked {
            for seat in seats.values {
                seat.ends = true
                pthread_cond_signal(seat.condition)
            }
        }
    }

    // MARK: The lock

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    private func perform(_ event: LaunchPool.Event) {
        for effect in pool.handle(event, now: LaunchPool.Now(wall: clocks.wall, monotonic: clocks.monotonic)) {
            switch effect {
            case .run(let number, let thread):
                guard let order = queued.removeValue(forKey: number), let seat = seats[thread] else { continue }
                flying[number] = order
                seat.order = (number, order)
                pthread_cond_signal(seat.condition)
            case .endThread(let thread): seats[thread]?.ends = true
            case .ask(let number), .overdue(let number, _), .refuse(let number):
                queued[number] = nil
                post(.effect(effect))
            case .giveUp, .makeThread: post(.effect(effect))
            }
        }
    }

    private func post(_ item: News) {
        news.append(item)
        if case .returned = item, pool.inFlight > 0, news.count < Self.newsAtOnce { return }
        tellOnce()
    }

    private func tellOnce() {
        guard !isTold else { return }
        isTold = true
        tell()
    }

    // MARK: A thread

    private func serve(_ id: Int, _ seat: Seat) {
        let scratch = LaunchScratch()
        while let (number, order) = nextOrder(of: seat) {
            let now = clocks.wall
            let lateness = order.attempt.lateness(at: now).wholeMilliseconds
            let result = Result { () throws(LaunchFailure) in try launcher.launch(order, lateness: lateness, scratch) }
            locked {
                seat.order = nil
                perform(.returned(thread: id, runs: (try? result.get()) != nil))
                post(.returned(number, result, at: now))
            }
        }
        crond_launch_thread_ends()
        locked { seats[id] = nil }
    }

    private func nextOrder(of seat: Seat) -> (UInt64, LaunchOrder)? {
        locked {
            while true {
                if let order = seat.order { return order }
                if seat.ends { return nil }
                pthread_cond_wait(seat.condition, mutex)
            }
        }
    }
}
