import CronJobs
import Testing

@Suite struct PageTests {
    private func pages(_ items: [(place: Page.Place, item: String)], limit: Int, isBackwards: Bool) -> [[String]] {
        var page = Page(), pages: [[String]] = []
        (page.limit, page.isBackwards) = (limit, isBackwards)
        repeat {
            let (shown, end) = page.cut(items)
            #expect(end.count == shown.count && end.total == items.count)
            pages.append(shown)
            page.after = end.next
        } while page.after != nil && pages.count < 100
        return pages
    }

    @Test(arguments: [1, 3, 10, 11, 100], [false, true])
    func pagesTogetherAreTheList(_ limit: Int, _ isBackwards: Bool) {
        let names = (0..<10).map { "job-\($0)" }
        let items = names.shuffled().map { (place: Page.Place(0, $0), item: $0) }
        let pages = pages(items, limit: limit, isBackwards: isBackwards)
        #expect(pages.flatMap { $0 } == (isBackwards ? names.reversed() : names))
        #expect(pages.count == (10 + limit - 1) / limit)
    }

    @Test func whatComesOrGoesBetweenPagesMovesNothingElse() {
        func items(_ names: [String]) -> [(place: Page.Place, item: String)] { names.map { (Page.Place(0, $0), $0) } }
        var page = Page()
        page.limit = 2
        let (first, end) = page.cut(items(["b", "d", "f", "h"]))
        #expect(first == ["b", "d"])
        page.after = end.next
        #expect(page.cut(items(["a", "b", "f", "g", "h"])).items == ["f", "g"])
    }
}
