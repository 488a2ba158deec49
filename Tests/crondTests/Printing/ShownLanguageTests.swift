internal import CronExpressions
internal import Testing

@testable internal import crond

@Suite("The language of explanations")
struct ShownLanguageTests {
    @Test(
        "Of the locale's variables the first that says anything counts, and it must be Chinese in UTF-8",
        arguments: [
            ([:], "en"), (["LANG": "zh_CN.UTF-8"], "zh"), (["LANG": "zh_CN.utf8"], "zh"), (["LANG": "zh"], "zh"), (["LANG": "zh_TW"], "zh"),
            (["LANG": "zh-Hans"], "zh"), (["LANG": "ZH_cn.UTF-8@pinyin"], "zh"), (["LANG": "zh_CN.GBK"], "en"), (["LANG": "zhx"], "en"),
            (["LANG": "de_DE.UTF-8"], "en"), (["LANG": "C.UTF-8"], "en"), (["LANG": ""], "en"), (["LANG": "@.@"], "en"),
            (["LC_ALL": "C", "LANG": "zh_CN.UTF-8"], "en"), (["LC_ALL": "zh_CN.UTF-8", "LANG": "C"], "zh"),
            (["LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "C"], "zh"), (["LC_MESSAGES": "C", "LANG": "zh_CN.UTF-8"], "en"),
            (["LC_TIME": "zh_CN.UTF-8"], "en"),
        ] as [([String: String], String)])
    func locale(_ environment: [String: String], _ language: String) {
        #expect(ExplanationLanguage(environment: environment).rawValue == language)
    }
}
