/// How long to wait before the next try: anywhere between the least and a bound that doubles, so that many clients do not come at once.
package struct Backoff: Sendable {
    package var least = Duration.milliseconds(50)
    package var most = Duration.seconds(5)
    package private(set) var failures = 0

    package init() {}

    /// - Parameter random: a number from 0 to below 1.
    package mutating func next(random: Double) -> Duration {
        let doubled = least.wholeNanoseconds.multipliedReportingOverflow(by: 1 << min(failures, 20))
        failures += 1
        let bound = doubled.overflow ? most.wholeNanoseconds : min(doubled.partialValue, most.wholeNanoseconds)
        let spread = Double(max(0, bound - least.wholeNanoseconds)) * min(max(random, 0), 1)
        return .nanoseconds(least.wholeNanoseconds + Int64(spread))
    }

    package mutating func reset() { failures = 0 }
}
