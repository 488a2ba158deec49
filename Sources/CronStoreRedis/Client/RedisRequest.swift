internal import NIOCore
internal import Synchronization

/// Commands written in one piece, and who waits for their replies.
struct RedisRequest: Sendable {
    var bytes: ByteBuffer
    var replies: Int
    var timeout: TimeAmount
    var promise: EventLoopPromise<[RESPValue]>
}

/// What a handler needs to know to name a failure.
struct RedisPeer: Sendable {
    var name: String
    var usesTLS: Bool
    let fate = ConnectionFate()
}

/// Why a connection ended, for those who come too late to hear it from its handler.
final class ConnectionFate: Sendable {
    private let error = Mutex<RedisError?>(nil)

    var failure: RedisError? { error.withLock { $0 } }

    func end(_ failure: RedisError) { error.withLock { $0 = $0 ?? failure } }
}
