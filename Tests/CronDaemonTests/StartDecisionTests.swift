import CronDaemon
import Testing

@Suite struct StartDecisionTests {
    func decide(
        _ found: String, entries: Bool = true, readOnly: Bool = false, newest: String?, baseline: String?, policy: StartPolicy = .auto
    ) -> StartDecision {
        StartDecision.decide(
            policy: policy, found: found, foundHasEntries: entries, readOnly: readOnly, newest: newest, baseline: baseline)
    }

    @Test func anEmptyStoreTakesWhatIsThere() {
        #expect(decide("image", newest: nil, baseline: nil) == .useFound)
        #expect(decide("empty", entries: false, newest: nil, baseline: nil) == .nothing)
    }

    @Test func noEntriesBringTheNewestBack() {
        #expect(decide("empty", entries: false, newest: "edited", baseline: "image") == .restore)
    }

    @Test func theSameImageBringsTheNewestBack() {
        #expect(decide("image", newest: "edited", baseline: "image") == .restore)
    }

    @Test func anotherContentIsTheDeployers() {
        #expect(decide("image-2", newest: "edited", baseline: "image") == .useFound)
        #expect(decide("image-0", newest: "image", baseline: "image") == .useFound)
    }

    @Test func aReadOnlyTableIsAlwaysTheFile() {
        #expect(decide("image", readOnly: true, newest: "edited", baseline: "image") == .useFound)
        #expect(decide("empty", entries: false, readOnly: true, newest: "edited", baseline: nil) == .useFound)
    }

    @Test func policiesForceEitherSide() {
        #expect(decide("image", newest: "edited", baseline: "image", policy: .file) == .useFound)
        #expect(decide("image-2", newest: "edited", baseline: "image", policy: .store) == .restore)
    }

    @Test func aRestartInPlaceKeepsTheImagesBaseline() {
        let stamp = TableSnapshot.Stamp(path: "/etc/crontab", device: 1, inode: 2, size: 3, modified: 4, changed: 5)
        let known = Baseline(hash: "image", identity: Baseline.identity(of: [stamp]))
        #expect(known.next(found: "edited", stamps: [stamp]).hash == "image")
        var other = stamp
        other.inode = 9
        #expect(known.next(found: "image-2", stamps: [other]).hash == "image-2")
        #expect(Baseline(known.text) == known)
    }
}
