import ArgumentParser
import Testing

@testable import crond

@Suite("Variables that are nearly known") struct KnownVariablesTests {
    @Test(
        "A slip is named, with what may be meant",
        arguments: [
            ("CROND_STOER", "did you mean CROND_STORE?"), ("CROND_LOGFORMAT", "did you mean CROND_LOG_FORMAT?"),
            ("CROND_TABELS", "did you mean CROND_TABLE?"), ("CROND_SEED_FILE", "only CROND_SEED itself is known"),
        ])
    func slips(_ name: String, _ words: String) {
        #expect(KnownVariables.slips(in: [name: "x", "PATH": "/bin"]) == ["\(name) (\(words))"])
    }

    @Test("Every variable that the help names is known") func help() {
        let words = (RunCommand.helpMessage() + WorkerCommand.helpMessage()).split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        let named = Set(words.map(String.init).filter { $0.hasPrefix("CROND_") })
        #expect(named.count > 40 && named.subtracting(KnownVariables.all).isEmpty, "\(named.subtracting(KnownVariables.all))")
    }

    @Test("What is known, what is meant for others and what Kubernetes sets is none") func none() {
        var environment = Dictionary(uniqueKeysWithValues: KnownVariables.all.map { ($0, "x") })
        for name in [
            "CROND_SERVICE_HOST", "CROND_SERVICE_PORT", "CROND_PORT", "CROND_PORT_80_TCP_ADDR", "CROND_OWNER_TEAM", "MY_CROND",
            "CROND_USER", "CROND_UID", "CROND_HOME", "CROND_ENV", "CROND_TAG", "CROND_DB", "CROND_APP", "CROND_ARGS", "CROND_IMAGE",
            "CROND_VERSION", "CROND_BINARY", "CROND_PASSWORD", "CROND_CONFIG",
        ] {
            environment[name] = "x"
        }
        #expect(KnownVariables.slips(in: environment).isEmpty)
    }
}
