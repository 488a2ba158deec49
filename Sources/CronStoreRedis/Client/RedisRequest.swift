internal import NIOCore

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
}
