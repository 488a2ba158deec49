import CronExpressions
import Crontabs
import Testing

@Suite("What is said about a line hides the secrets of its URLs") struct HiddenURLs {
    private func said(_ text: String, _ format: CrontabFormat = .user) -> String {
        let table = read(text, format)
        let slips = table.slips(in: Array(text.utf8), path: "p", format: format, machine: nil)
        return (table.diagnostics + slips).map(\.rendered).joined()
    }

    @Test(
        "whatever is wrong with the line",
        arguments: [
            "# crond: name=bad on-failure=https://hooks.example/T0/hunter2 grcae=5m",
            "# crond: on-failure=https://hooks.example/T0#hunter2",
            "# crond: on-failure=https://hooks.example/T0/ping=hunter2 ping=none ping=none", "# crond: ping=hooks.example/hunter2",
            "# crond: ping=HTTPS://me:hunter2@hooks.example/x overlap=x", "# crond: on-failure=htps://hooks.example/hunter2",
            "# crond: on-failure=\"https://hooks.example/a hunter2#\"", "# crond: on-failure=\"https://hooks.example/a hunter2",
            "# crond: on-failur=https://hooks.example/hunter2", "# crond: tz=https://hooks.example/hunter2",
            "# crond: ping=https://hooks.example?hunter2 ping=https://hooks.example/hunter2", "URL = \"https://hooks.example/hunter2",
            "61 * * * * curl https://hooks.example/hunter2", "* * * curl 'https://hooks.example/hunter2'",
            "0 1 * * * curl https://hooks.example/hunter2 \\", "MAILTO=https://hooks.example/hunter2",
            "MAILTO=https://hunter2@hooks.example/",
            "61 * * * * x redis://me:hunter2@hooks.example:6379/0", "61 * * * * curl https://$HOST/hunter2 # hooks.example",
            "https://hooks.example/hunter2 * * * * x", "61 * * * * curl https://hooks.example/hunter2ü?hunter2",
        ])
    func everywhere(_ line: String) {
        let said = said(line + "\n0 1 * * * true\n")
        #expect(said.contains("^") && !said.contains("hunter2"), "\(said)")
        #expect(said.contains("***"), "\(said)")
        #expect(said.contains("hooks.example") || line.contains("ping=hooks"), "the host may be seen: \(said)")
    }

    @Test("and nothing else of it; the caret stands where it stood") func rest() {
        let hook = "# crond: name=bad on-failure=https://hooks.example:8443/T0/hunter2 grcae=5m\n0 1 * * * true\n"
        #expect(
            said(hook).hasPrefix(
                """
                crontab:1:68: error: there is no directive grcae=
                  # crond: name=bad on-failure=https://hooks.example:8443/*** grcae=5m
                                                                              ^~~~~~
                """), "\(said(hook))")
        for plain in ["61 * * * * curl https://hooks.example/", "61 * * * * curl https://hooks.example:80 x", "61 * * * * a:b c=d //e"] {
            #expect(said(plain + "\n").contains("  \(plain)\n"), "\(said(plain))")
        }
    }

    @Test("also where the whole file is refused because of a character in it") func refused() {
        let long =
            "61 * * * * curl https://hooks.example/" + String(repeating: "x", count: 60) + "hunter2/" + String(repeating: "y", count: 50)
        let shown = said(long + "\u{1}\n")
        #expect(shown.contains("^") && !shown.contains("hunter2") && !shown.contains("yyyy"), "\(shown)")
    }
}
