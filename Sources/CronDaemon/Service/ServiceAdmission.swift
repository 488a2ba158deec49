internal import CronExpressions
internal import CronJobs
internal import CronTables

/// Answers the keeper, which decides nothing about users, hosts and the ledger by itself.
struct ServiceAdmission: TableAdmission {
    unowned let service: Service
    let ledger: any Ledger

    func admit(_ table: CompiledTable) async -> (table: CompiledTable, elsewhere: Set<JobID>) { await service.admit(table) }

    func watermarks() async throws(StoreError) -> [JobID: Instant] { try await ledger.watermarks() }
}
