/// One look at the table at a time; a hint that comes during a look is not lost.
struct LookLock {
    /// The start is the first look. An edit between its reading and the first watch gives no hint; the watcher looks as soon as it watches.
    private(set) var isLooking = true
    private var isAgain = false
    private var isForced = false

    /// False where a look goes on: then there is one more after it.
    mutating func begin(force: Bool) -> Bool {
        guard isLooking else {
            isLooking = true
            return true
        }
        isAgain = true
        isForced = isForced || force
        return false
    }

    /// There is something more to look at.
    mutating func again() { isAgain = true }

    /// Where there is to be another look: whether it reads whatever the files are.
    mutating func end() -> Bool? {
        defer { (isLooking, isAgain, isForced) = (false, false, false) }
        return isAgain ? isForced : nil
    }
}
