internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite
internal import LinuxEvents

/// Whether the store can be used, and lasts.
struct StoreHealth {
    /// What is known of it.
    enum State {
        case memory
        /// No place for a file is known.
        case nowhere
        case file(path: String, Result<StoreLook, StoreError>)
        case server(url: String, Result<[String], StoreError>)
    }

    static let leastBytes: UInt64 = 16 << 20
    static let leastFiles: UInt64 = 16

    var state: State
    /// Only the default place falls back to memory.
    var isDefault = false
    /// A service that runs has it.
    var isInUse = false

    static func look(_ configuration: Configuration, service: ServiceSnapshot?) -> StoreHealth {
        switch configuration.store {
        case .memory: return StoreHealth(state: .memory)
        case .sqlite(let path): return StoreHealth(state: file(path), isInUse: service != nil)
        case .redis(let url): return StoreHealth(state: .server(url: url.description, ask(url, configuration)), isInUse: service != nil)
        case .automatic:
            // The service may have been given another store by a flag, which its word tells.
            if let own = service?.store, own.hasPrefix("sqlite:") {
                return StoreHealth(state: file(String(own.dropFirst(7))), isInUse: true)
            }
            if let own = service?.store {
                return StoreHealth(state: own == "memory" ? .memory : .server(url: own, .success([])), isInUse: true)
            }
            guard let path = Places.ledger(name: configuration.name, environment: configuration.environment) else {
                return StoreHealth(state: .nowhere, isDefault: true)
            }
            return StoreHealth(state: file(path), isDefault: true)
        }
    }

    private static func file(_ path: String) -> State {
        do throws(StoreError) { return .file(path: path, .success(try StoreLook(path))) } catch {
            return .file(path: path, .failure(error))
        }
    }

    var findings: [Finding] {
        switch state {
        case .memory:
            return [.ok("store", "memory: marks, history and table revisions end with the service, as you asked for")]
        case .nowhere:
            return [
                .todo(
                    "store", "no writable place is known: marks, history and revisions would live in memory",
                    "set XDG_STATE_HOME, or CROND_STORE=sqlite:PATH")
            ]
        case .file(let path, .failure(let error)):
            let remedy =
                switch error.code {
                case .refused: "name another file with CROND_STORE=sqlite:PATH, or move this one away"
                case .full: "free space on its volume"
                default:
                    "mount a volume there that this user can write, or set CROND_STORE=sqlite:PATH"
                        + (isDefault ? "; until then marks, history and revisions live in memory" : "")
                }
            return [.todo("store", error.message.contains(path) ? error.message : "\(path): \(error.message)", remedy)]
        case .file(let path, .success(let look)): return findings(path, look)
        case .server(let url, .failure(let error)):
            return [.todo("store", "\(url): \(error.message)", "see that the server runs, and takes this user and password from here")]
        case .server(let url, .success(let concerns)):
            return [.ok("store", "\(url): \(isInUse ? "in use" : "it answers")")]
                + concerns.map { .todo("store", $0, "see the manual's page about Redis") }
        }
    }

    private func findings(_ path: String, _ look: StoreLook) -> [Finding] {
        let state = isInUse ? "in use" : look.isThere ? "there" : "not there yet, to be made in \(look.folder)"
        var findings: [Finding] = [.ok("store", "sqlite:\(path), \(state)")]
        if let exposure = look.exposure {
            findings.append(.todo("store", exposure, "chown and chmod it, so that only this user and root can write there"))
        }
        if look.isEphemeral {
            findings.append(.todo("volume", "what is in \(look.folder) ends with this container", "mount a volume there"))
        } else if look.freeBytes < Self.leastBytes {
            findings.append(
                .todo(
                    "volume", "\(look.freeBytes >> 20) MiB are free in \(look.folder)",
                    "free space on its volume: on a full one nothing starts"))
        } else if let files = look.freeFiles, files < Self.leastFiles {
            findings.append(.todo("volume", "\(files) more files fit in \(look.folder)", "remove files from its volume"))
        } else {
            findings.append(.ok("volume", "\(look.folder) lasts; \(look.freeBytes >> 20) MiB are free"))
        }
        return findings
    }

    // MARK: A server

    private static let patience = Duration.seconds(8)

    /// Connects and looks at how it is set up. Blocking.
    private static func ask(_ url: RedisURL, _ configuration: Configuration) -> Result<[String], StoreError> {
        guard let loop = try? EventLoop() else { return .failure(StoreError(.unavailable, "no event loop can be made")) }
        let answer = Locked(Result<[String], StoreError>.failure(StoreError(.unavailable, "no answer within \(patience.wholeSeconds) s")))
        let client = RedisClient(url, name: "crond-doctor", file: configuration.storeFile, key: RedisLedger.key(of: configuration.name))
        Task(executorPreference: loop) {
            let found: Result<[String], StoreError>
            do throws(RedisError) {
                try await client.connect()
                let concerns = try await client.engine().concerns
                found = .success(concerns.map(\.description))
            } catch {
                found = .failure(StoreError(error))
            }
            answer.withLock { $0 = found }
            await client.close()
            loop.stop()
        }
        loop.after(patience) { loop.stop() }
        loop.run()
        return answer.withLock { $0 }
    }
}
