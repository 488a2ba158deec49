public import CronScheduler
public import Tracing

// A command goes on with the trace of the run that starts it by what is in its environment: W3C Trace Context's headers, in capitals, as
// OpenTelemetry has it for environment variables. A tracer writes them as it writes the headers of a request; what it writes in other formats is no
// variable that a command would look for, and is left out.

extension RunContext {
    /// `environment`, and the current span as `TRACEPARENT`, with `TRACESTATE` and `BAGGAGE` where there are such: for a command that this run starts.
    ///
    ///     process.environment.merge(context.environment(tracedBy: tracer)) { _, new in new }
    ///
    /// - Parameter instrument: nil is the system's. One that does not speak W3C Trace Context adds nothing.
    public func environment(tracedBy instrument: (any Instrument)?) -> [String: String] {
        var headers: [String: String] = [:]
        (instrument ?? InstrumentationSystem.instrument).inject(
            ServiceContext.current ?? .topLevel, into: &headers, using: HeaderInjector())
        let trace = headers["traceparent"].flatMap { TraceParent.isWellFormed($0) ? $0 : nil }
        var all = environment
        all["TRACEPARENT"] = trace
        all["TRACESTATE"] = trace == nil ? nil : headers["tracestate"]
        all["BAGGAGE"] = headers["baggage"]
        return all
    }
}

/// Headers by their names in small letters. A value with a control character is none of an environment's.
private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        if value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) { carrier[key.lowercased()] = value }
    }
}

/// `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`: version, trace, span, flags.
private enum TraceParent {
    static func isWellFormed(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && $0.utf8.allSatisfy(isHexDigit) }) else {
            return false
        }
        guard parts[0] != "ff", parts.count == 4 || parts[0] != "00" else { return false }
        return [parts[1], parts[2]].allSatisfy { !$0.allSatisfy { $0 == "0" } }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
}
