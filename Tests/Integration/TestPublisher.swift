// tidy: helper
internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents
internal import Synchronization

struct RealClocks: Clocks {
    var wall: WallTime { WallTime(nanoseconds: SystemClocks.wallNanoseconds()) }
    var monotonic: MonotonicTime { MonotonicTime(nanoseconds: SystemClocks.bootNanoseconds()) }
}

/// A publisher whose news are kept and waited for.
final class TestPublisher: Sendable {
    let publisher: Publisher
    private let executor = ThreadExecutor()
    private let news: AsyncStream<BrokerNews>
    private let heard = Mutex<[BrokerNews]>([])

    init(_ url: String, file: String? = nil) async throws {
        let (stream, continuation) = AsyncStream<BrokerNews>.makeStream()
        news = stream
        publisher = Publisher(try AMQPURL(url), file: file, executor: executor, clocks: RealClocks()) { continuation.yield($0) }
        try await publisher.start()
    }

    deinit { executor.stop() }

    /// The next news.
    func next() async throws -> BrokerNews {
        for await one in news {
            heard.withLock { $0.append(one) }
            return one
        }
        throw Complaint("no more news")
    }

    /// Waits for a connection.
    func up() async throws {
        while true { if case .up = try await next() { return } }
    }

    /// Why there is no connection.
    func down() async throws -> BrokerError {
        while true { if case .down(let error) = try await next() { return error } }
    }

    func send(
        _ exchange: String, _ key: String, _ body: String = "a body", id: String = "id.1", within: Duration = .seconds(50)
    ) async -> Delivery {
        await publisher.publish(Message(id: id, exchange: exchange, key: key, body: Array(body.utf8)), within: within)
    }
}
