internal import CronJobs

// A store that was emptied, or set back to an earlier state, does not have what its services run. Whoever runs the newest revision publishes it
// again, once: it is appended after the very revision that was seen there, and the others find it and take its number.

extension TableKeeper {
    /// A service that knows of a newer revision than its own leaves it to those who run that, for so many looks.
    private static let patience = 4

    func putBack(after newest: Int) async {
        guard let lost = held, lost.revision.number == greatestRevision else { return }
        following.lost += 1
        if following.newestSeen > greatestRevision, following.lost <= Self.patience { return }
        do throws(StoreError) {
            let revision = try await publish(
                lost.files, hash: lost.revision.hash, origin: .restored, after: newest, base: deploymentBase ?? base.text)
            // The store has lost this host's, too.
            baseWritten = nil
            // An edit or another's revision may have come in between.
            if held?.revision == lost.revision { use(revision, lost.files) }
            say(.publishedAgain(revision: revision.number, lost: lost.revision.number, found: newest))
            await noteLeft()
            legacy?.forget()
            await legacy?.write(lost.files)
        } catch {
            // Somebody else was faster, or the store fails: looked at again the next time.
            if error.code != .overtaken, isNew("not published again: \(error.message)") { say(.notPublishedAgain(reason: error.message)) }
        }
    }
}
