import CronDaemon
import CronTables
import Testing

@Suite("The settings in one value") struct ConfigurationTests {
    @Test("show the table's key to nobody") func hidden() throws {
        var configuration = Configuration()
        configuration.tableKey = try TableKey(Array("sixteen bytes ok".utf8))
        #expect(!"\(configuration)\(String(reflecting: configuration.tableKey))".contains("sixteen"))
    }
}
