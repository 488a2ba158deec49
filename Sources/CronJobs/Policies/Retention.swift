/// How much history is kept: whichever bound is reached first.
public struct Retention: Hashable, Sendable {
    public var age: Duration
    public var runsPerJob: Int

    public init(age: Duration = .seconds(7 * 86_400), runsPerJob: Int = 1000) {
        self.age = age
        self.runsPerJob = runsPerJob
    }
}
