@testable internal import CronDaemon
internal import Testing

@Suite("What webhooks are signed with") struct WebhookSecretTests {
    /// As Python's hmac has it.
    @Test func signatures() throws {
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let bytes = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect(bytes.signature(id: "a.1@2.1.failed", at: 1_614_265_330, body) == "v1,xcIs3EbixrckuhfHqL5thT+vRFO2WEBr/txOraNIhaU=")
        let text = try #require(WebhookSecret("between us"))
        #expect(text.signature(id: "a.1@2.1.failed", at: 1_614_265_330, body) == "v1,83NZWT6GRu81D2KCcm5jMl6NruFDdZcHRc4MY1YAdfc=")
    }

    @Test("What is none") func none() {
        for text in ["", "whsec_", "whsec_!!", "whsec_abc"] { #expect(WebhookSecret(text) == nil, "\(text)") }
    }
}
