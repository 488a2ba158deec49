internal import CronJobs
internal import Testing

@Suite("Whom MAILTO names") struct MailAddressesTests {
    @Test(
        "Addresses and local names, with commas between",
        arguments: ["root": ["root"], "ops@example.org, a.b+c@x": ["ops@example.org", "a.b+c@x"], "a%b!c:d_e=f-g@h": ["a%b!c:d_e=f-g@h"]])
    func good(_ text: String, _ wanted: [String]) { #expect(MailAddresses(text)?.all == wanted) }

    @Test(
        "What could be an option, a command or a line of its own is none",
        arguments: [
            "", ",", "a,", "-oQ/tmp", "a,-t", "a b", "a;b", "$(id)", "`id`", "a|b", "a\nBcc: x", "a\r", "a\u{0}", "é@x", "<a@b>", "\"a\"",
            "@a", "a&b",
            "a'b", "a\\b", "a/b", String(repeating: "a", count: 255), Array(repeating: "a", count: 21).joined(separator: ","),
        ])
    func bad(_ text: String) { #expect(MailAddresses(text) == nil) }
}
