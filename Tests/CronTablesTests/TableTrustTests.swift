import CronTables
import Testing

@Suite("Whose tables are read") struct TableTrustTests {
    private let root = TableTrust(user: 0, groups: [0]), plain = TableTrust(user: 1000, groups: [1000, 50])

    private func step(
        _ kind: PathStep.Kind = .file, user: UInt32 = 0, group: UInt32 = 0, mode: UInt32 = 0o644, isReadOnly: Bool = false
    ) -> PathStep {
        PathStep(kind, "/etc/x", user: user, group: group, mode: mode, isReadOnly: isReadOnly)
    }

    @Test("As root, only what root alone can write; the refusal names the rule, who, and the remedy") func asRoot() {
        #expect(root.refusal(of: step()) == nil && root.refusal(of: step(mode: 0o600)) == nil)
        let owned = root.refusal(of: step(user: 1000)) ?? ""
        #expect(
            owned.contains("owner")
                && owned.contains("owned by uid 1000, which could become root: chown root, mount it :ro, or --trust-tables"))
        for mode: UInt32 in [0o664, 0o666, 0o646] { #expect(root.refusal(of: step(mode: mode))?.contains("writable") == true) }
    }

    @Test("Links and folders on the way count; sticky folders may be written by all") func way() {
        #expect(root.refusal(of: step(.link, user: 1000, mode: 0o777))?.contains("the link /etc/x") == true)
        #expect(root.refusal(of: step(.link, mode: 0o777)) == nil)
        #expect(root.refusal(of: step(.folder, user: 1000, mode: 0o755))?.contains("its folder /etc/x") == true)
        #expect(root.refusal(of: step(.folder, mode: 0o777)) != nil && root.refusal(of: step(.folder, mode: 0o1777)) == nil)
        #expect(root.refusal(of: step(.folder, user: 1000, mode: 0o1777)) != nil)
        #expect(root.refusal(of: step(.folder, mode: 0o775)) == nil && root.refusal(of: step(.folder, group: 5, mode: 0o775)) != nil)
    }

    @Test("What lies on a mount that is read-only here passes, whoever owns it") func readOnly() {
        #expect(root.refusal(of: step(user: 1000, mode: 0o666, isReadOnly: true)) == nil)
    }

    @Test("With an access list the group's bits are what anybody in it may") func accessList() {
        for kind in [PathStep.Kind.file, .folder] {
            var listed = step(kind, group: 0, mode: 0o775)
            listed.hasAccessList = true
            #expect(root.refusal(of: listed)?.contains("its access list") == true)
            listed.mode = 0o755
            #expect(root.refusal(of: listed) == nil)
            listed = step(kind, user: 1000, group: 50, mode: 0o664)
            listed.hasAccessList = true
            #expect(plain.refusal(of: listed)?.contains("its access list") == true)
        }
    }

    @Test("Without root: ours, root's and our groups' pass, others' do not") func withoutRoot() {
        #expect(plain.refusal(of: step()) == nil && plain.refusal(of: step(user: 1000)) == nil)
        #expect(plain.refusal(of: step(user: 1000, group: 50, mode: 0o664)) == nil)
        #expect(plain.refusal(of: step(user: 1000, group: 51, mode: 0o664)) != nil)
        #expect(plain.refusal(of: step(user: 1001)) != nil && plain.refusal(of: step(mode: 0o666)) != nil)
    }
}
