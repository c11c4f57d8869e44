import NIOCore
import NIOHPACK
import NIOHTTP2

/// Answers a message that states a length above the limit with RESOURCE_EXHAUSTED, before any of it is kept. Without
/// it the transport resets the stream, and the caller hears CANCELLED, which says nothing (XCT-12).
final class MessageSizeGuard: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    // A byte that tells of compression, then four of the length.
    private static let prefixLength = 5

    private let limit: Int
    private var prefix: [UInt8] = []
    private var left = 0
    private var isRefused = false

    init(limit: Int) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if case .data(let frame) = unwrapInboundIn(data), case .byteBuffer(let bytes) = frame.data {
            guard fits(bytes) else { return refuse(context) }
        }
        context.fireChannelRead(data)
    }

    /// Follows the messages' prefixes over the borders of frames.
    private func fits(_ bytes: ByteBuffer) -> Bool {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            if left > 0 {
                let passed = min(left, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: passed)
                left -= passed
            } else if let byte = bytes.readInteger(as: UInt8.self) {
                prefix.append(byte)
                guard prefix.count == Self.prefixLength else { continue }
                left = prefix.dropFirst().reduce(0) { $0 << 8 | Int($1) }
                prefix.removeAll(keepingCapacity: true)
                if left > limit { return false }
            }
        }
        return true
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        let trailers: HPACKHeaders = [
            ":status": "200", "content-type": "application/grpc", "grpc-status": "8",
            "grpc-message": "a message is longer than the \(limit) bytes that are taken",
        ]
        // The end of the answer first, so that the caller reads it; then the stream closes, whatever is still coming.
        context.write(wrapOutboundOut(.headers(.init(headers: trailers, endStream: true))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }
}
