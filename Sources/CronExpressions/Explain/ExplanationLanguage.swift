/// The languages in which meanings and advice are written.
public enum ExplanationLanguage: String, Hashable, Sendable, CaseIterable {
    case english = "en"
    case chinese = "zh"
}
