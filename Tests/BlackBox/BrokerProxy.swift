// tidy: helper
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Stands between a program and its broker and knows the frames of AMQP 0-9-1. From a step that a test names on, nothing goes that way any more on that
/// connection: so a broker can be killed at just that step, and nothing in the program has to know of it.
final class BrokerProxy: Sendable {
    enum Step: Sendable {
        /// A message does not reach the broker.
        case publish
        /// One does, and its confirm does not come back.
        case confirm
        /// A message does not reach the program.
        case delivery
        /// The program's word that it has a message does not reach the broker.
        case acknowledgement
    }

    let url: String
    private let listener: any Channel
    private let watch: Watch

    /// What the connections share.
    fileprivate final class Watch: Sendable {
        let step = Mutex<Step?>(nil)
    }

    init(to rabbit: Rabbit) async throws {
        let watch = Watch(), port = rabbit.port
        self.watch = watch
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { program in
            ClientBootstrap(group: program.eventLoop).connect(host: "127.0.0.1", port: port).flatMapThrowing { broker in
                let talk = Talk(watch)
                try program.pipeline.syncOperations.addHandler(FrameForwarder(.toBroker, to: broker, talk))
                try broker.pipeline.syncOperations.addHandler(FrameForwarder(.toProgram, to: program, talk))
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        url = "amqp://127.0.0.1:\(listener.localAddress?.port ?? 0)"
    }

    func end() { listener.close(promise: nil) }

    /// At the next time that somebody comes there.
    func hold(at step: Step) { watch.step.withLock { $0 = step } }

    func expectHeld(_ what: String, of program: Daemon) async throws {
        do { try await eventually("a broker that is held at \(what)") { !isWaiting } } catch let complaint as Complaint {
            throw Complaint("\(complaint); the log is\n\(program.errors.suffix(4000))")
        }
    }

    private var isWaiting: Bool { watch.step.withLock { $0 != nil } }
}

private enum Way { case toBroker, toProgram }

/// A connection: both its ways are on one loop.
private final class Talk {
    private let watch: BrokerProxy.Watch
    private var held: Set<Way> = []
    /// What goes to the broker begins with eight bytes that are no frame.
    var hasGreeted = false
    private var hasPublished = false

    init(_ watch: BrokerProxy.Watch) { self.watch = watch }

    private enum Method {
        static let publish: UInt32 = 60 << 16 | 40
        static let deliver: UInt32 = 60 << 16 | 60
        static let acknowledge: UInt32 = 60 << 16 | 80
    }

    /// - Parameter method: `nil` for a frame that is none.
    func passes(_ method: UInt32?, _ way: Way) -> Bool {
        if held.contains(way) { return false }
        let isThere = watch.step.withLock { step in
            let isThere =
                switch (step, way, method) {
                case (.publish, .toBroker, Method.publish): true
                case (.confirm, .toProgram, Method.acknowledge): hasPublished
                case (.delivery, .toProgram, Method.deliver): true
                case (.acknowledgement, .toBroker, Method.acknowledge): true
                default: false
                }
            if case .confirm = step, way == .toBroker, method == Method.publish { hasPublished = true }
            if isThere { step = nil }
            return isThere
        }
        if isThere { held.insert(way) }
        return !isThere
    }
}

private final class FrameForwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let header = 7, greeting = 8

    private let way: Way
    private let other: any Channel
    private let talk: Talk
    private var bytes = ByteBuffer()

    init(_ way: Way, to other: any Channel, _ talk: Talk) { (self.way, self.other, self.talk) = (way, other, talk) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        while let piece = next() { other.write(piece, promise: nil) }
        other.flush()
        bytes.discardReadBytes()
    }

    /// The next that may go on.
    private func next() -> ByteBuffer? {
        if way == .toBroker, !talk.hasGreeted {
            guard let greeting = bytes.readSlice(length: Self.greeting) else { return nil }
            talk.hasGreeted = true
            return greeting
        }
        let start = bytes.readerIndex
        guard let kind = bytes.getInteger(at: start, as: UInt8.self), let size = bytes.getInteger(at: start + 3, as: UInt32.self),
            let frame = bytes.readSlice(length: Self.header + Int(size) + 1)
        else { return nil }
        let method = kind == 1 ? frame.getInteger(at: Self.header, as: UInt32.self) : nil
        return talk.passes(method, way) ? frame : nil
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
