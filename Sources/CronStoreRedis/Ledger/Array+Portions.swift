extension Array {
    /// Its parts of at most `size` elements.
    func portions(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }

    func at(_ index: Int) -> Element? { index < count ? self[index] : nil }
}
