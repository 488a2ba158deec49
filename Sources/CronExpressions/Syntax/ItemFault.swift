/// What is wrong with an item, in a form that costs nothing to make. `FaultExplainer` turns it into a message.
struct ItemFault: Error {
    enum Kind: UInt8 {
        case empty, unexpected, outOfRange, stepZero, stepSign, stepMissing, backward, stepFromValue, junk, endMissing
        case unknownName, longName, noNames, nameAsStep, questionNotAlone, questionElsewhere, lastElsewhere, lastAlone, lastInList,
            lastBefore
        case workdayElsewhere, workdayNotAlone, workdayBefore, ordinalElsewhere, ordinal, lowerCase, plusElsewhere, backFromLast,
            tooFarBack,
            numberBesideLast
    }
    var kind: Kind
    /// The bytes at fault.
    var lower: Int
    var upper: Int
    /// A number that belongs to it, if any.
    var value = 0

    init(_ kind: Kind, _ lower: Int, _ upper: Int, value: Int = 0) {
        self.kind = kind
        self.lower = lower
        self.upper = upper
        self.value = value
    }
}
