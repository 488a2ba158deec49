internal import CronFeed

/// Where events go. None of it waits.
protocol FeedReceiver: Sendable {
    /// It takes events now.
    var isOpen: Bool { get }

    /// Each ticket is answered once.
    ///
    /// - Parameter jobs: what the table in use has of the jobs that the events are about.
    func tell(
        _ events: [(ticket: Int, event: FeedEvent)], of jobs: FeedJobs, answer: @escaping @Sendable (Int, DrainMachine.Answer) -> Void)

    /// What is not sent yet need not be: it is answered so.
    func callBack()

    func say(_ news: DrainMachine.News)
}
