import CronJobs
import Testing

@testable import CronDaemon

@Suite("The kernel's pressure files") struct PressureFilesTests {
    @Test("The share of the last ten seconds is read from the line about some tasks") func share() {
        let text = "some avg10=12.50 avg60=3.00 avg300=0.10 total=123\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=0\n"
        #expect(PressureFiles.share(in: text) == 12.5)
    }

    @Test(
        "What is not such a file tells nothing",
        arguments: ["", "some", "some avg10=", "some avg10=nan x", "full avg10=1.00", "some avg10=101"])
    func strange(_ text: String) { #expect(PressureFiles.share(in: text) == nil) }

    @Test("Where there are no such files, nothing is told of anything") func absent() {
        #expect(PressureFiles.read(in: "/nonexistent/pressure").isEmpty)
    }
}
