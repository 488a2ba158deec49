/// Why a store could not do what it was asked. Nothing of the failed call was done.
public struct StoreError: Error, Hashable, Sendable {
    /// What kind of failure it is: what a caller can go by.
    public enum Code: String, Sendable {
        /// Somebody else holds the store.
        case held
        case full
        case corrupt
        case readOnly
        case unavailable
        /// It is there, and does not let us do that.
        case forbidden
        /// Something else stands where a part of it has its place; the rest works.
        case wrongType
        /// What has its place is something else, or others could have written it: it is left as it is.
        case refused
        /// It came back without its memory, or its clock jumped: it decides nothing until its nodes had time to tell it what they remember.
        case quarantined
        /// Somebody else was faster: what the caller decided by is no longer so.
        case overtaken
        /// Written by a newer version of this program.
        case newerSchema
    }

    public var code: Code
    /// What happened to what, in words for the operator.
    public var message: String
    /// It may pass without anybody changing a setting here.
    public var mayPass = false

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String { message }
}
