import CronExpressions
import Testing

@Suite("DIALECT, last part: other dialects") struct OtherDialects {
    @Test("Dialects by name") func names() {
        for dialect in Dialect.all { #expect(Dialect(named: dialect.name) == dialect) }
        #expect(Dialect(named: "vixie") == .vixie)
        #expect(Dialect(named: "Vixie") == nil)
    }
}
