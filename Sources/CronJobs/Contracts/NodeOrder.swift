internal import CronExpressions

/// Which node tries a job first, second, third. Rendezvous hashing: when a node comes or goes, the order of the others stays.
public enum NodeOrder {
    /// The place of `node` among `nodes`, from 0.
    public static func rank(of job: JobID, node: String, among nodes: [String]) -> Int {
        var name = job.textHash
        name.add(UInt8(0xff))
        let own = weight(name, node)
        return nodes.count { other in
            guard other != node else { return false }
            let theirs = weight(name, other)
            return theirs > own || theirs == own && other > node
        }
    }

    /// - Parameter job: the hash of its name so far.
    private static func weight(_ job: FNV1a, _ node: String) -> UInt64 {
        var hash = job
        hash.add(node)
        var state = hash.value
        // The last bytes must reach the high bits, which decide.
        state = (state ^ state >> 33) &* 0xff51_afd7_ed55_8ccd
        state = (state ^ state >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return state ^ state >> 33
    }
}
