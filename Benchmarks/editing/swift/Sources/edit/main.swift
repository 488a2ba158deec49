import Crontabs

// Reads a table into the model that is edited, changes one line of it and prints it; tells the milliseconds of each, as tab-separated values.
// Usage: edit FILE ROUNDS

let path = CommandLine.arguments[1], rounds = Int(CommandLine.arguments[2]) ?? 10
let clock = ContinuousClock()

func show(_ what: String, _ times: [Duration]) {
    let milliseconds = times.map { Double($0.components.attoseconds) / 1e15 + Double($0.components.seconds) * 1e3 }.sorted()
    print("ours\t\(what)\t\(milliseconds[0])\t\(milliseconds[milliseconds.count / 2])")
}

let bytes = try CrontabFile(path, format: .system).table.bytes
let options = CrontabOptions(format: .system, zone: .utc, zones: .system, path: path)
var read: [Duration] = [], edited: [Duration] = [], found: [Duration] = []
var middle = 0, check = 0
for round in 0..<rounds {
    var table = try EditableCrontab([], options: options)
    read.append(try clock.measure { table = try EditableCrontab(bytes, options: options) })
    let ids = table.lines.map(\.id)
    middle = ids.count / 2
    while table[ids[middle]] == nil { middle += 1 }
    let id = ids[middle]
    found.append(clock.measure { check += table.entries(command: "job-99990 ").count })
    edited.append(
        try clock.measure {
            try table.set(.hour, to: .during(FieldText.Value(round % 20), 23), of: id)
            check += table.bytes.count
        })
}
show("read", read)
show("change one line and print", edited)
show("find by command", found)
if check == 0 { print("nothing was read") }
