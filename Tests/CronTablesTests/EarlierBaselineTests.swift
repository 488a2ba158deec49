import CronJobs
import Crontabs
import Glibc
import Testing

@testable import CronTables

@Suite("Stores of the first version") struct EarlierBaselineTests {
    private typealias Place = FollowingPlace
    private static let image = "1 * * * * image\n", edited = "2 * * * * edited\n"

    @Test("Its form: the hash, and the identities of files that services left") func form() {
        func stamp(_ inode: UInt64) -> TableSnapshot.Stamp { .init(path: "/t", device: 1, inode: inode, size: 3, modified: 4, changed: 5) }
        let baseline = EarlierBaseline("image 1:2:3:4\n1:9:3:4\n1:2:3:4,1:3:3:4")
        #expect(baseline.hash == "image")
        #expect(baseline.isLeft([stamp(2)]) && baseline.isLeft([stamp(9)]) && baseline.isLeft([stamp(2), stamp(3)]))
        #expect(!baseline.isLeft([stamp(3)]) && !baseline.isLeft([]))
        #expect(EarlierBaseline("").hash == "" && !EarlierBaseline("image").isLeft([stamp(2)]))
    }

    /// A store with the image's table and an edited one, and a baseline over the image's; the file holds `found`.
    private func start(found: String, left: Bool = false, edited: String = edited) async throws -> Place {
        let store = ForgetfulStore()
        let first = try await Place(Self.image, store: ForgetfulStore())
        try first.write(found)
        for (text, number) in [(Self.image, Int64(1)), (edited, 2)] {
            let files = [TableFile(path: first.table, content: Array(text.utf8))]
            _ = try await store.append(files, hash: TableHash.hash(files), origin: .edited, now: WallTime(nanoseconds: number))
        }
        let hash = TableHash.hash([TableFile(path: first.table, content: Array(Self.image.utf8))])
        let stamp = try #require(TableReader.stamps(TableSource(files: [first.table], format: .user)).first)
        await store.setEarlier("\(hash) " + (left ? "\(stamp.device):\(stamp.inode):\(stamp.size):\(stamp.modified)" : "1:2:3:4"))
        return try await Place(nil, store: store) { _ in TableSource(files: [first.table], format: .user) }
    }

    private func content(_ place: Place) async -> String? {
        await place.store.newestRevision().map(\.number).map { "\($0)" }
    }

    @Test("The same image in a new container loses no edit") func sameImage() async throws {
        let place = try await start(found: Self.image)
        #expect(await place.current() == 2 && place.heard.count("restored") == 1)
    }

    @Test("Nor does a container that is restarted in place while another has published since") func inPlace() async throws {
        let place = try await start(found: "3 * * * * older\n", left: true)
        #expect(await place.current() == 2 && place.heard.count("restored") == 1)
    }

    @Test("Another image wins, with the command that brings the edit back") func otherImage() async throws {
        let place = try await start(found: "2 * * * * edited\n3 * * * * next\n")
        #expect(await place.current() == 3 && place.heard.count("filesWin") == 1 && place.heard.overruled == [2])
    }
}
