internal import CronJobs
internal import LinuxEvents

/// Notices file systems that do not answer: said once, shown as degraded, and nothing else waits for them. Event loop only.
struct TableAnswers: Sendable {
    let paths: AnswerWatch
    /// Compiling a large table takes seconds, and so may its way to a store.
    let keeper: AnswerWatch
    private let list: WatchList

    init(_ context: ServiceContext, _ list: WatchList) {
        self.list = list
        let log = context.log, stage = context.stage
        paths = AnswerWatch(loop: context.loop, seconds: 5) { event in
            switch event {
            case .silent:
                log.warning(
                    stage.isOpen
                        ? "a file or folder of the table does not answer; known jobs go on, edits wait"
                        : "a file or folder of the table does not answer; the start waits for it", .text("path", list.touching ?? "-"),
                    .text("remedy", "check that its file system can be reached, or unmount it"))
            case .answers(let length):
                log.info("the table's files and folders answer again", .number("after_ms", length.wholeMilliseconds))
            }
        }
        keeper = AnswerWatch(loop: context.loop, seconds: 30) { event in
            switch event {
            case .silent:
                log.warning(
                    "reading or storing the table takes long; known jobs go on, edits wait",
                    .text("remedy", "check that the file systems of the table's files and the store answer"))
            case .answers(let length): log.info("the table was read", .number("after_ms", length.wholeMilliseconds))
            }
        }
    }

    /// Why the table cannot be looked at now; nil where it can.
    var silence: String? {
        if paths.isSilent { return "\(list.touching ?? "a file of the table") does not answer" }
        if keeper.isSilent { return "reading or storing the table has not finished yet" }
        return nil
    }
}
