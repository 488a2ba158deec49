@testable internal import CronStoreRedis
internal import Testing

@Suite struct RedisURLTests {
    @Test func aPlainURLNamesHostPortAndDatabase() throws {
        let url = try RedisURL("redis://cache.example:6380/3")
        #expect(url.address == .host("cache.example", port: 6380))
        #expect(url.database == 3)
        #expect(url.tls == nil)
        #expect(url.timeout == .seconds(2))
        #expect(try RedisURL("redis://cache").address == .host("cache", port: 6379))
        #expect(try RedisURL("redis://[::1]:7000").address == .host("::1", port: 7000))
    }

    @Test func userInfoIsDecodedAndNeverShown() throws {
        let url = try RedisURL("rediss://me%40home:p%25s%3A%2f%40@h:1/0?timeout=0.5&tls-verify=none&wait=1")
        #expect(url.user == "me@home")
        #expect(url.password == "p%s:/@")
        #expect(url.tls?.verification == RedisURL.Verification.none)
        #expect(url.timeout == .milliseconds(500))
        #expect(url.waitReplicas == 1)
        #expect(url.description == "rediss://h:1/0")
        let alone = try RedisURL("redis://:secret@h")
        #expect(alone.user == nil)
        #expect(alone.password == "secret")
        #expect(!"\(alone)".contains("secret"))
    }

    @Test func socketsAreNamedByTheirPath() throws {
        #expect(try RedisURL("unix:///run/redis%20x.sock?db=2").address == .socket(path: "/run/redis x.sock"))
        #expect(try RedisURL("redis+unix:///run/r.sock").description == "unix:///run/r.sock?db=0")
        #expect(try RedisURL("unix://:pw@/run/r.sock").password == "pw")
    }

    @Test func sentinelsComeInTwoSpellings() throws {
        let one = try RedisURL("redis+sentinel://:pw@a:1,b/mymaster/4")
        let two = try RedisURL("redis://:pw@ignored/4?sentinel=a:1,b&master=mymaster")
        for url in [one, two] {
            #expect(url.sentinels?.addresses == [.host("a", port: 1), .host("b", port: 26379)])
            #expect(url.sentinels?.master == "mymaster")
            #expect(url.database == 4)
            #expect(url.password == "pw")
            #expect(url.description == "redis+sentinel://a:1,b:26379/mymaster/4")
        }
    }

    @Test func whatSentinelsAndTLSWantStandsInOptions() throws {
        let url = try RedisURL(
            "rediss+sentinel://:pw@a/m?sentinel-user=me&sentinel-password=p%26w&tls-cert=/c.pem&tls-key=/k%20.pem")
        #expect(url.sentinels?.user == "me")
        #expect(url.sentinels?.password == .text("p&w"))
        #expect(url.tls?.identity == RedisURL.Identity(certificate: "/c.pem", key: "/k .pem"))
        #expect(url.description == "rediss+sentinel://a:26379/m/0")
        #expect(try RedisURL("redis://h?sentinel=a&master=m&sentinel-password-file=/f").sentinels?.password == .file(path: "/f"))
    }

    @Test(arguments: [
        ("cache:6379", "its beginning"), ("http://cache", "the scheme"), ("redis://", "the host"), ("redis://:pw@", "the host"),
        ("redis://h:0", "the host"), ("redis://h:99999", "the host"), ("redis://h/one", "the path"), ("redis://h/1/2", "the path"),
        ("redis://h#x", "#…"), ("redis://us%zz:pw@h", "the user"), ("redis://:p%@h", "the password"), ("redis://user@h", "the user info"),
        ("unix://run/r.sock", "the path"), ("unix:///", "the path"), ("redis://h?timeout=never", "the option timeout"),
        ("redis://h?wait=-1", "the option wait"), ("redis://h?color=red", "the option color"), ("redis://h?db", "the option db"),
        ("redis://h?tls-verify=full", "the tls- options"), ("rediss://h?tls-verify=maybe", "the option tls-verify"),
        ("redis://h?sentinel=a", "the sentinels"), ("redis+sentinel://a,,b/m", "the sentinels"), ("redis+sentinel://a:1", "the sentinels"),
        ("redis://h?tls-cert=/c&tls-key=/k", "the tls- options"), ("rediss://h?tls-cert=/c", "tls-cert and tls-key"),
        ("redis://h?sentinel-password=pw", "the sentinels"), ("redis+sentinel://a/m?sentinel-user=u", "the option sentinel-user"),
        ("redis+sentinel://a/m?sentinel-password=pw&sentinel-password-file=/f", "the option sentinel-password"),
        ("redis+sentinel://a/m?sentinel-password=p%w", "the option sentinel-password"),
        ("redis://127.0.0.1 ", "the host"), ("redis://127.0.0.1 :6379", "the host"), ("redis://a\tb", "the host"),
        ("redis://h?timeout=1&timeout=2", "the option timeout"), ("redis://h?db=1&wait=1&db=1", "the option db"),
        ("redis+sentinel://a/m?sentinel=a&sentinels=b", "the option sentinels"),
    ])
    func aBadURLSaysWhereAndHowToWriteIt(_ text: String, _ place: String) {
        do {
            _ = try RedisURL(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.place == place, "\(text): \(error)")
            #expect(error.description.contains("Write "))
            #expect(!error.description.contains("pw"))
        }
    }

    @Test(arguments: [
        "redis://:s3cret", "redis://me:s3cret", "redis://:s3?cret@h", "redis://:s3cret?x@h", "redis://:s3#cret@h", "redis://:%s3cret@h",
        "redis://:s3cret@h:x", "redis://:s3cret@", "unix://:s3cret", "unix://:s3cret@r.sock", "redis+sentinel://:s3cret/m",
        "redis+sentinel://:s3cret@a,/m", "redis://:s3cret@h/x", "redis://:s3cret@h?db=x",
    ])
    func aPasswordInABadURLIsNotShown(_ text: String) {
        #expect {
            try RedisURL(text)
        } throws: {
            !"\($0)".contains("s3") && !"\($0)".contains("cret")
        }
    }
}
