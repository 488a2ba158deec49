import CronExpressions
import CronJobs
import Testing

@testable import CronDaemon

@Suite("Whether replicas go by one zone") struct ZoneAgreementTests {
    private func word(_ name: String) throws -> String {
        ZoneAgreement.word(of: try ZoneDatabase.system.zone(named: name), at: WallTime(Instant(1_798_761_600)))
    }

    @Test("Other names of the same rules agree; other rules are said once, with their names") func once() throws {
        var agreement = ZoneAgreement()
        #expect(agreement.note(["a": try word("UTC"), "b": try word("Etc/UTC"), "c": "", "d": "garbage"]) == nil)
        #expect(agreement.note(["a": try word("UTC"), "b": try word("Asia/Tokyo")]) == ["Asia/Tokyo", "UTC"])
        #expect(agreement.note(["a": try word("UTC"), "b": try word("Asia/Tokyo")]) == nil)
    }

    @Test("Rules that differ only in summer are other rules") func summer() throws {
        var agreement = ZoneAgreement()
        #expect(agreement.note(["a": try word("Europe/Berlin"), "b": try word("Africa/Algiers")]) != nil)
    }
}
