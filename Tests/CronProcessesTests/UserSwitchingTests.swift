@testable import CronProcesses
import Testing

@Suite("Whether other users can be become") struct UserSwitchingTests {
    private let all = "         0          0 4294967295\n"

    @Test("without a namespace, or in one with more users, the capabilities say it") func capable() {
        let subordinate = "         0       1000          1\n         1     100000      65536\n"
        for map in [all, subordinate, nil] {
            #expect(UserSwitching(isCapable: true, setgroups: "allow\n", users: map, groups: map) == .possible)
            #expect(UserSwitching(isCapable: false, setgroups: "allow\n", users: map, groups: map) == .noCapability)
        }
        #expect(UserSwitching(isCapable: true, setgroups: nil, users: all, groups: all) == .possible, "an old kernel")
    }

    @Test("in a namespace where groups cannot be set, or that has nobody else, they say nothing") func incapable() {
        let alone = "         0       1000          1\n"
        #expect(UserSwitching(isCapable: true, setgroups: "deny\n", users: all, groups: all) == .groupsDenied)
        for (users, groups) in [(alone, all), (all, alone), (alone, alone), ("", "")] {
            #expect(UserSwitching(isCapable: true, setgroups: "allow\n", users: users, groups: groups) == .nobodyElse)
        }
    }
}
