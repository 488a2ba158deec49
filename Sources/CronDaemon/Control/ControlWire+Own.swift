internal import CronJobs
internal import CronTables

extension ControlWire {
    /// As this program speaks.
    static let own = ControlWire(version: ServiceHost.version)
}

extension ControlRefusal {
    static let busy = ControlRefusal("the service has too many requests at once; ask again in a moment", code: 75)
    static let starting = ControlRefusal("the service is still starting")

    static func noRevision(_ number: Int) -> ControlRefusal { ControlRefusal("there is no revision \(number)", code: 66) }

    init(_ error: StoreError) { self.init(error.message) }

    /// Why a service could not be asked.
    init(_ failure: SocketFailure) { self.init("\(failure); \(failure.remedy)", code: failure.code) }
}

extension TableFileSnapshot {
    init(_ file: ListedFile) {
        self.init(
            path: file.path, mode: file.attributes.map { String($0.mode, radix: 8) },
            owner: file.attributes.map { "\($0.user):\($0.group)" }, entries: file.entries, revision: file.revision,
            state: file.use.rawValue, reason: file.reason)
    }
}
