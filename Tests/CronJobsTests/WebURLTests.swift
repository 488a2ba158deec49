internal import CronJobs
internal import Testing

@Suite("URLs of the web") struct WebURLTests {
    @Test("Taken apart, and shown without what may be a secret") func parts() throws {
        let url = try #require(WebURL("HTTPS://me:s%65cret@hc.example:8443/ping/k?x=1"))
        #expect(url.isSecure && url.host == HostPort(host: "hc.example", port: 8443) && url.path == "/ping/k")
        #expect(url.query == "x=1" && url.user == "me:secret" && "\(url)" == "https://hc.example:8443")
        let plain = try #require(WebURL("http://[::1]"))
        #expect(!plain.isSecure && plain.path == "/" && plain.query == nil && "\(plain)" == "http://[::1]")
        #expect(try #require(WebURL("http://h/a:b@c?d/e?f")).path == "/a:b@c")
    }

    @Test(
        "What is none",
        arguments: [
            "", "hc.example/x", "ftp://h/", "http://", "http:///x", "http://h:0/", "http://h:x/", "http://h/a b", "http://h/\r\nX: 1",
            "http://h/#x",
            "http://h/é", "http://h\u{7f}/", "http://[::1/", "http://a,b/", "http://a%20b/", "http://u:%zz@h/",
            "http://h/" + String(repeating: "x", count: 2000),
        ])
    func none(_ text: String) { #expect(WebURL(text) == nil) }
}
