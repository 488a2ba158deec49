// What many jobs of a table have in common is one object. Who wants to know something about it looks at each object once, and at the jobs where they
// stand: to copy 100,000 of them, one by one, takes longer than all that is asked.

extension [Job] {
    /// What their commands run with, once for neighbours that have the same.
    package var commandSettings: [CommandSetting] {
        withUnsafeBufferPointer { jobs in
            var found: [CommandSetting] = []
            for index in jobs.indices {
                guard case .command(let command) = jobs[index].action, command.setting !== found.last else { continue }
                found.append(command.setting)
            }
            return found
        }
    }

    /// How they behave, once for neighbours that behave the same.
    package var sharedPolicies: [JobPolicies] {
        withUnsafeBufferPointer { jobs in
            var found: [JobPolicies] = []
            for index in jobs.indices where jobs[index].policies !== found.last { found.append(jobs[index].policies) }
            return found
        }
    }
}
