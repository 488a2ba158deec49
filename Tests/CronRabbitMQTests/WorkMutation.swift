// tidy: helper

/// What is broken on purpose, to see that an invariant notices.
enum WorkMutation: CaseIterable {
    case none
    /// Workers start without asking the gate.
    case noGate
    /// The gate lets an attempt pass again.
    case gateOpensTwice
    /// A dispatcher ends what is overdue without passing the gate.
    case noTakingBack
    /// Nobody takes over what a dead node had.
    case noSweep
    /// What was swept is sent again under the fence that it had.
    case oldFence
    /// Workers do not look at their slots.
    case noSlots
    /// What comes back is sent again, whatever has become of it.
    case noLooking
    /// Nobody looks at deadlines.
    case noDeadline
}
