/// A part of an answer: a line on a socket. Jobs come in numbers, and the others are large: those stand behind a reference, so that a job takes no
/// more room than it needs.
public enum ControlPart: Hashable, Sendable {
    indirect case service(ServiceSnapshot)
    case job(JobSnapshot)
    indirect case run(RunSnapshot)
    indirect case account(FireTimeAccount)
    indirect case detail(RunDetail)
    case output(OutputPiece)
    case file(TableFileSnapshot)
    case revision(RevisionSnapshot)
    /// Bytes of a revision's file; those of a large one come in several parts.
    case content(path: String, [UInt8])
    case change(TableChange)
    /// The jobs that a pause or its end changed; the others were so already.
    case changed([JobID])
    /// What becomes of a run that was asked for, or asked to end.
    case steered(SteeredRun)
    /// A job that is to run once.
    indirect case once(OnceSnapshot)
    indirect case event(ControlEvent)
    /// The listener was too slow: so many events before the next one are lost to it.
    case gap(Int)
    /// The last part of every answer that has an end.
    case end(ControlEnd)
}

/// The answer to a request.
public enum ControlAnswer: Sendable {
    /// The last is the end.
    case parts([ControlPart])
    /// Goes on until one side has enough.
    case feed(any ControlFeed)
}

/// Parts that come as things happen.
public protocol ControlFeed: Sendable {
    /// Waits for the next parts; `nil` once there are no more.
    func next() async -> [ControlPart]?

    /// Nobody wants more; a waiting `next` comes back.
    func end()
}

extension ControlPart {
    /// Of a file that is shown in parts; a multiple of three, so that base64 has no filling in between.
    private static let portion = 192 * 1024

    /// The parts of one file; an empty one has one, too.
    public static func contents(of file: TableFile) -> [ControlPart] {
        guard file.content.count > portion else { return [.content(path: file.path, file.content)] }
        return stride(from: 0, to: file.content.count, by: portion).map {
            .content(path: file.path, Array(file.content[$0..<min($0 + portion, file.content.count)]))
        }
    }

    /// The files whose parts these are, in order.
    public static func files(in parts: [ControlPart]) -> [TableFile] {
        var files: [TableFile] = []
        for case .content(let path, let bytes) in parts {
            if let last = files.indices.last, files[last].path == path {
                files[last].content += bytes
            } else {
                files.append(TableFile(path: path, content: bytes))
            }
        }
        return files
    }
}

extension [ControlPart] {
    /// These parts with their end.
    public var ended: [ControlPart] { self + [.end(ControlEnd(count: count, total: count))] }
}
