internal import CLinux

/// Handlers by slot; a slot's generation changes whenever its watch goes.
struct WatchTable {
    private struct Slot {
        var generation: UInt32 = 0
        var interest: Interest = []
        var handler: ((Readiness) -> Void)?
    }
    private var slots: [Slot] = []
    private var free: [UInt32] = []

    mutating func add(_ descriptor: Int32, _ interest: Interest, _ handler: @escaping (Readiness) -> Void) -> Watch {
        let index = free.popLast() ?? UInt32(slots.count)
        if Int(index) == slots.count { slots.append(Slot()) }
        slots[Int(index)].interest = interest
        slots[Int(index)].handler = handler
        return Watch(descriptor: descriptor, slot: index, generation: slots[Int(index)].generation)
    }

    /// The interest that the watch had; `nil` if it is gone already.
    mutating func remove(_ watch: Watch) -> Interest? {
        guard holds(watch) else { return nil }
        let interest = slots[Int(watch.slot)].interest
        slots[Int(watch.slot)] = Slot(generation: watch.generation &+ 1)
        free.append(watch.slot)
        return interest
    }

    /// Notes a new interest and answers the old one; `nil` if the watch is gone.
    mutating func change(_ watch: Watch, to interest: Interest) -> Interest? {
        guard holds(watch) else { return nil }
        defer { slots[Int(watch.slot)].interest = interest }
        return slots[Int(watch.slot)].interest
    }

    func handler(of token: UInt64) -> ((Readiness) -> Void)? {
        let index = Int(token & 0xffff_ffff)
        guard index < slots.count, slots[index].generation == UInt32(token >> 32), !slots[index].interest.isEmpty else { return nil }
        return slots[index].handler
    }

    private func holds(_ watch: Watch) -> Bool {
        Int(watch.slot) < slots.count && slots[Int(watch.slot)].generation == watch.generation
            && slots[Int(watch.slot)].handler != nil
    }
}

extension EventLoop {
    /// Calls `handler` on the loop whenever `descriptor` is ready (level-triggered), until `unwatch`. Loop thread only.
    @discardableResult
    public func watch(
        _ descriptor: Int32, _ interest: Interest, _ handler: @escaping (Readiness) -> Void
    ) throws(SystemError) -> Watch {
        let watch = watches.add(descriptor, interest, handler)
        guard interest.isEmpty || control(EPOLL_CTL_ADD, watch, interest) else {
            let error = SystemError.last("epoll_ctl")
            _ = watches.remove(watch)
            throw error
        }
        return watch
    }

    /// Ends a watch: its handler is not called again, not even for events already fetched. Call it before closing the descriptor.
    /// Loop thread only.
    public func unwatch(_ watch: Watch) {
        guard let interest = watches.remove(watch), !interest.isEmpty else { return }
        _ = control(EPOLL_CTL_DEL, watch, [])
    }

    /// Changes what a watch waits for. With nothing to wait for the descriptor leaves epoll, so that not even its hang-up is told.
    /// Loop thread only.
    public func setInterest(_ watch: Watch, _ interest: Interest) {
        guard let old = watches.change(watch, to: interest), old != interest else { return }
        if old.isEmpty {
            _ = control(EPOLL_CTL_ADD, watch, interest)
        } else {
            _ = control(interest.isEmpty ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, watch, interest)
        }
    }

    private func control(_ operation: Int32, _ watch: Watch, _ interest: Interest) -> Bool {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = watch.token
        return epoll_ctl(epoll, operation, watch.descriptor, &event) == 0
    }
}
