internal import ArgumentParser

struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a shell's script that completes verbs, options, and names of jobs and runs.",
        discussion: """
            bash: source <(crond completion bash), in ~/.bashrc
            zsh: source <(crond completion zsh), in ~/.zshrc after compinit
            fish: crond completion fish > ~/.config/fish/completions/crond.fish
            Names come from the running service; where there is none, there are none.
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() {
        let script =
            switch shell {
            case .bash: Crond.completionScript(for: .bash)
            case .zsh: Crond.completionScript(for: .zsh)
            case .fish: Crond.completionScript(for: .fish)
            }
        Output.write(Array(script.utf8) + (script.hasSuffix("\n") ? [] : [10]))
    }
}
