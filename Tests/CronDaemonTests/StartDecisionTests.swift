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

    @Test("A replica that is restarted in place takes the newest, also where it last had another") func leftByAReplica() {
        func decide(_ policy: StartPolicy, readOnly: Bool = false) -> StartDecision {
            StartDecision.decide(
                policy: policy, found: "older edit", foundHasEntries: true, readOnly: readOnly, newest: "edited", baseline: "image",
                isLeft: true)
        }
        #expect(decide(.auto) == .restore)
        #expect(decide(.auto, readOnly: true) == .useFound)
        #expect(decide(.file) == .useFound)
    }

    @Test("The files that each replica left are known among those of many, and the latest are kept") func manyReplicas() {
        func stamp(_ inode: UInt64) -> TableSnapshot.Stamp { .init(path: "/t", device: 1, inode: inode, size: 3, modified: 4, changed: 5) }
        func identity(_ inode: UInt64) -> String { Baseline.identity(of: [stamp(inode)]) }
        var baseline = Baseline(hash: "image", identity: identity(1))
        for inode in UInt64(1)...200 { baseline.leave(identity(inode), insteadOf: nil) }
        baseline.leave(identity(201), insteadOf: identity(200))
        baseline.leave("", insteadOf: nil)
        let read = Baseline(baseline.text)
        #expect(read == baseline && read.left.count == 128)
        #expect(read.isLeft([stamp(201)]) && read.isLeft([stamp(199)]))
        #expect(!read.isLeft([stamp(200)]) && !read.isLeft([stamp(1)]) && !read.isLeft([]))
        #expect(read.next(found: "edit", stamps: [stamp(199)]).hash == "image", "its image's baseline stays")
        #expect(Baseline("image 1:2:3:4").left.isEmpty && Baseline("").hash == "")
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
