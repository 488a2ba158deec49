// tidy: helper
internal import LinuxEvents
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A server of a test: keeps what it is asked, and answers what it was told to.
final class WebServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let kept: Locked<[String]>

    /// What it was asked, each as it came.
    var requests: [String] { kept.withLock { $0 } }

    /// - Parameter answers: one after the other, the last for ever; `nil` is none.
    init(_ answers: [String?], tls: NIOSSLContext? = nil) async throws {
        let kept = Locked<[String]>([]), left = Locked(answers)
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                try channel.pipeline.syncOperations.addHandler(Answering(kept, left))
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        self.kept = kept
        port = channel.localAddress?.port ?? 0
    }

    func close() async throws { try await channel.close().get() }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let kept: Locked<[String]>, left: Locked<[String?]>
        private var text = ""

        init(_ kept: Locked<[String]>, _ left: Locked<[String?]>) { (self.kept, self.left) = (kept, left) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard let head = text.ranges(of: "\r\n\r\n").first else { return }
            let length = text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
            guard text[head.upperBound...].utf8.count >= length else { return }
            let text = text
            self.text = ""
            kept.withLock { $0.append(text) }
            let answer = left.withLock { left in left.count > 1 ? left.removeFirst() : left.first ?? nil }
            guard let answer else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
