internal import Glibc
public import CronJobs

extension StoreSource {
    /// A Redis or Valkey that several processes share: each fire time starts in one of them.
    ///
    /// - Parameters:
    ///   - url: `redis://` or `rediss://`, with the password in it, or `unix:`.
    ///   - name: two sets of jobs on one server are kept apart by it; crond's own is called as its `--name` says.
    public static func redis(_ url: String, name: String = "jobs") -> StoreSource {
        StoreSource((try? RedisURL(url))?.description ?? "redis") { clocks throws(StoreError) in
            let parsed: RedisURL
            do { parsed = try RedisURL(url) } catch { throw StoreError(.refused, "\(error)") }
            let client = RedisClient(parsed, name: "crond-\(name)", key: RedisLedger.key(of: name)), clock = StoreClock(machine: clocks)
            do throws(RedisError) {
                try await client.connect()
                // Nothing is planned before the store has told its time.
                try await client.tellTime(to: clock)
            } catch {
                await client.close()
                throw StoreError(error)
            }
            return OpenedStore(RedisLedger(name: name, client: client, clock: clock, host: hostName()), clock: clock)
        }
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
