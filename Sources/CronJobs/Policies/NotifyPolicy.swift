/// Which of a job's failures in a row are told, and whether the success that ends them is.
public enum NotifyPolicy: Hashable, Sendable {
    /// Each.
    case every
    /// The first only; not the success.
    case first
    /// The first, and the success.
    case change
    /// The first, and each whose number in the row is a multiple of this; and the success.
    case each(Int)
}
